"""How often each signature shows: with its own fault, with other faults, and with none."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from infoscope.measures.statistics import wilson_interval
from infoscope.monitor.diagnosis import diagnoses_of
from infoscope.paper.misconfiguration.setups import HEALTHY, SETUPS
from infoscope.paper.misconfiguration.training import SHARES


@dataclass(frozen=True)
class Rule:
    """What a diagnosis must reach on judged seeds to warn users.

    Parameters
    ----------
    sensitivity : float
        Least lower limit of the 95 % interval of the share of its own faults that it finds.
    healthy : float
        Largest upper limit of the interval of the share of healthy trainings with its alarm.
    others : float
        Largest share of trainings with other faults that have its alarm.
    """

    sensitivity: float = 0.5
    healthy: float = 0.05
    others: float = 0.05


# Written before the judged seeds were run.
RULE = Rule()


def alarm_table(table: pd.DataFrame, rule: Rule = RULE) -> pd.DataFrame:
    """Judge every signature at every share.

    Parameters
    ----------
    table : DataFrame
        As in `confusions`.
    rule : Rule
        What a diagnosis must reach.

    Returns
    -------
    DataFrame
        One row per share and diagnosis: ``found`` of ``faulty`` trainings, ``sensitivity`` with
        ``_low`` and ``_high``; ``healthy_alarms`` of ``healthy``, ``healthy_rate`` with limits;
        ``other_alarms`` of ``others``, ``other_rate`` with limits; ``passes`` the rule. A
        signature that cannot be judged gives no alarm.
    """
    features = [str(name) for name in table.columns if "." in name]
    alarms = [
        diagnoses_of(dict(zip(features, row, strict=True))).present
        for row in table[features].to_numpy(float).tolist()
    ]
    shares, labels = table["share"].to_numpy(), table["label"].to_numpy()
    rows = []
    for share in SHARES:
        for name in SETUPS:
            shows = np.array([name in present for present in alarms])
            here, own, healthy = shares == share, labels == name, labels == HEALTHY
            row: dict[str, Any] = {"share": share, "diagnosis": name}
            row |= _rate(shows[here & own], "found", "faulty", "sensitivity")
            row |= _rate(shows[here & healthy], "healthy_alarms", "healthy", "healthy_rate")
            row |= _rate(shows[here & ~own & ~healthy], "other_alarms", "others", "other_rate")
            row["passes"] = (
                row["sensitivity_low"] >= rule.sensitivity
                and row["healthy_rate_high"] <= rule.healthy
                and row["other_rate"] <= rule.others
            )
            rows.append(row)
    return pd.DataFrame(rows)


def earned(alarms: pd.DataFrame) -> list[str]:
    """Return the diagnoses that pass at the end of training, which is when `watch` warns."""
    last = alarms[(alarms["share"] == max(SHARES)) & alarms["passes"]]
    return last["diagnosis"].tolist()


def _rate(shows: NDArray[np.bool_], hits: str, of: str, rate: str) -> dict[str, float]:
    count, n = int(shows.sum()), len(shows)
    low, high = wilson_interval(count, n)
    return {hits: count, of: n, rate: count / n, f"{rate}_low": low, f"{rate}_high": high}
