"""From the arrays that an importer finds to a recording: trials, times, missing values, roles."""
