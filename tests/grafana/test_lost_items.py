"""Lists of agents over a week, against the alert's expression: to evaluate the alert would take minutes."""

from pathlib import Path

import pytest

from tests.support import promtool
from tests.support.rules import rules_of

OF = '{job="contactcenter", instance="exporter:10117", target="amsterdam", resource="agents"'
OF_REPLICAS = OF.replace('instance="exporter:10117", ', "")
EXPR = next(rule["expr"] for rule in rules_of("sre.yml") if rule.get("alert") == "ContactCenterItemsLost")
DAY = "80+0x143 20+0x143"  # 5 minutes apart


@pytest.mark.parametrize(
    ("values", "reloaded", "lost"),
    [
        pytest.param("80+0x2400 30+0x600", "0+0x3000", 30, id="signed-out agents are listed too, and most are lost"),
        pytest.param("80+0x3000", "0+0x3000", None, id="nothing is lost"),
        pytest.param(" ".join([DAY] * 10), "0+0x3000", None, id="only those signed in are listed"),
        pytest.param("80+0x2400 30+0x600", "0+0x2400 720300+0x600", None, id="a configuration with fewer agents"),
        pytest.param("_x2000 80+0x400 30+0x600", "600000+0x3000", None, id="less than a week is known"),
    ],
)
def test_fewer_agents_than_at_any_time_of_the_week_are_lost(
    values: str, reloaded: str, lost: int | None, tmp_path: Path
) -> None:
    load = "contactcenter_exporter_config_last_reload_success_timestamp_seconds"
    series = {
        f'contactcenter_resource_items{OF}, kind="agents"}}': values,
        # Recorded by another rule.
        f"resource:contactcenter_up:max{OF_REPLICAS}}}": "1+0x3000",
        f'{load}{{job="contactcenter", instance="exporter:10117"}}': reloaded,
    }
    seen = [] if lost is None else [{"labels": f'{OF_REPLICAS}, kind="agents"}}', "value": lost}]
    test = {
        "interval": "5m",
        "input_series": [{"series": name, "values": text} for name, text in series.items()],
        "promql_expr_test": [{"expr": EXPR, "eval_time": "12060m", "exp_samples": seen}],
    }
    promtool.run(tmp_path, [test], [])
