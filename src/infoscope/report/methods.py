"""The methods paragraph of an analysis, from its real settings, and the works that it cites."""

import math
from collections.abc import Iterator
from importlib.metadata import version

from infoscope._results import brief
from infoscope.analysis.results import Results
from infoscope.analysis.switches import ONE_STEP
from infoscope.report.networks import TITLES

_WORKS = {
    "flow": """@unpublished{ivanovic2018,
  author = {Ivanovic, Stefan and Kha, Benjamin and Muruganantham, Vignesh},
  title = {Applying Information Theory to a Fully Recurrent Neural Network},
  year = {2018}
}""",
    "copula": """@article{ince2017,
  author = {Ince, Robin A. A. and others},
  title = {A statistical framework for neuroimaging data analysis based on mutual information
           estimated via a {Gaussian} copula},
  journal = {Human Brain Mapping}, volume = {38}, pages = {1541--1573}, year = {2017}
}""",
    "neighbours": """@article{kraskov2004,
  author = {Kraskov, Alexander and St{\\"o}gbauer, Harald and Grassberger, Peter},
  title = {Estimating mutual information},
  journal = {Physical Review E}, volume = {69}, pages = {066138}, year = {2004}
}""",
    "fdr": """@article{benjamini1995,
  author = {Benjamini, Yoav and Hochberg, Yosef},
  title = {Controlling the false discovery rate},
  journal = {Journal of the Royal Statistical Society B}, volume = {57}, pages = {289--300},
  year = {1995}
}""",
    "fwer": """@article{nichols2002,
  author = {Nichols, Thomas E. and Holmes, Andrew P.},
  title = {Nonparametric permutation tests for functional neuroimaging},
  journal = {Human Brain Mapping}, volume = {15}, pages = {1--25}, year = {2002}
}""",
    "greedy": """@article{novelli2019,
  author = {Novelli, Leonardo and Wollstadt, Patricia and Mediano, Pedro and Wibral, Michael and
            Lizier, Joseph T.},
  title = {Large-scale directed network inference with multivariate transfer entropy and
           hierarchical statistical testing},
  journal = {Network Neuroscience}, volume = {3}, pages = {827--847}, year = {2019}
}""",
    "effective": """@article{cliff2021,
  author = {Cliff, Oliver M. and others},
  title = {Assessing the significance of directed and multivariate measures of linear dependence
           between time series},
  journal = {Physical Review Research}, volume = {3}, pages = {013145}, year = {2021}
}""",
}


def methods_of(results: Results) -> str:
    """Return the methods in paragraphs separated by empty lines."""
    return "\n\n".join(filter(None, (_measured(results), _tested(results), _ranked(results))))


def bibtex_of(results: Results) -> str:
    """Return the cited works as BibTeX."""
    return "\n\n".join(_WORKS[key] for key in _cited(results))


def _measured(results: Results) -> str:
    flow = results.flow
    said = (
        f"Information flow F(a→b) = I(a(t); b(t+{flow.lag})) − I(a(t); b(t)) was estimated in bits "
        f"between {len(flow.nodes)} nodes from {flow.n} pairs of rows with {flow.estimator} "
        f"(infoscope {version('infoscope')}). {flow.alignment}".rstrip()
    )
    if results.settings.in_closed_form:
        said += f" Edges were decided by {TITLES[results.settings.measure][0].lower()}."
    if results.settings.unrecorded:
        said += (
            " Units of the network are missing from the recording: one-step influence had the "
            "state one step earlier as covariates, and every graph is one of dependence given what "
            "was recorded."
        )
    if choices := [f"{c.what}: {c.chosen} ({c.reason})" for c in results.choices]:
        said += f" Chosen from the data: {'; '.join(choices)}."
    if _compared(results):
        by = brief(results.reference.estimator)
        said += (
            f" Flows of the same pairs by {by}, for comparison, have the rank correlation "
            f"{results.agreement():.2f} with these."
        )
    return said


def _compared(results: Results) -> bool:
    """Return whether another estimator's flows of the same pairs stand next to these."""
    return "reference" in results.stages and math.isfinite(results.agreement())


def _tested(results: Results) -> str:
    settings = results.settings
    if not settings.significant_edges:
        thresholds = ", ".join(f"{t:g}" for t in sorted(settings.thresholds))
        return f"Edges exceed {thresholds} bits; these thresholds have no error rate."
    rates = (
        f"Graphs control the family-wise error rate at {settings.false_edges:.0%} and the false "
        f"discovery rate at {settings.false_share:.0%}."
    )
    if settings.measure == ONE_STEP:
        return _chosen(results)
    if settings.in_closed_form:
        return (
            "Each pair was tested in closed form by its partial correlation, with the effective "
            f"sample size of the residuals. {rates}"
        )
    tested = results.significance
    notes = " ".join(f"{note.rstrip('.')}." for note in tested.notes)
    return (
        f"An edge must exceed {tested.surrogates} surrogates of each null ({tested.null}). {notes} "
        f"p-values are pooled within pairs of roles. {rates}"
    )


def _chosen(results: Results) -> str:
    settings, found = results.settings, results.one_step
    models = "" if found is None else ", ".join(dict.fromkeys(found.attrs["models"].values()))
    said = (
        f"Each node was predicted one step ahead ({models}). Its sources were added greedily by "
        "their information about it given its own past and those chosen before, as long as p, "
        f"corrected for all sources of the target, was at most {settings.false_share:g}, and "
        f"removed if the others made them superfluous (multivariate transfer "
        "entropy). The stricter graph keeps those whose p given the other chosen sources passes "
        f"Bonferroni's correction for all pairs at {settings.false_edges:.0%}."
    )
    if settings.unrecorded:
        said += " With units missing, these rates are nominal."
    return said


def _ranked(results: Results) -> str:
    if results.settings.exact_ranks:
        return (
            "Nodes were ranked so that each edge climbs by one on average (least squares, exact "
            "solution)."
        )
    return f"Nodes were ranked by {results.settings.jacobi_iterations} Jacobi updates."


def _cited(results: Results) -> Iterator[str]:
    settings = results.settings
    yield "flow"
    by_copula, compared = settings.flow_by == "copula", _compared(results)
    if by_copula or compared:
        yield "copula"
    if not by_copula or compared:
        yield "neighbours"
    if settings.significant_edges:
        if settings.measure == ONE_STEP:
            yield "greedy"
        else:
            yield from ("fdr", "effective" if settings.in_closed_form else "fwer")
