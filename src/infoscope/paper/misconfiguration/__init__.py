"""Do indicators diagnose misconfigured trainings? The study of claim C39."""
