"""Trunks: the PJSIP endpoints of providers, which Asterisk does not distinguish from those of telephones.

Source: `ami_show_endpoints` in `res/res_pjsip/pjsip_configuration.c` and `ami_show_outbound_registrations` in
`res/res_pjsip_outbound_registration.c`. The latter sends the passwords of the providers too, which are not decoded.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Final

from exporter.model import Trunk
from exporter.settings import Choice
from exporter.vendors.asterisk.api import ListAction
from exporter.vendors.asterisk.records import Endpoint, Registration
from exporter.vendors.asterisk.tables import ENDPOINTS, REGISTRATIONS, header_names

SHOW_ENDPOINTS: Final = ListAction(
    "PJSIPShowEndpoints",
    items={ENDPOINTS.name: header_names(ENDPOINTS)},
    complete="EndpointListComplete",
    right="system",
    none="no endpoints found",
    optional=True,
)
SHOW_REGISTRATIONS: Final = ListAction(
    "PJSIPShowRegistrationsOutbound",
    items={REGISTRATIONS.name: header_names(REGISTRATIONS)},
    complete="OutboundRegistrationDetailComplete",
    right="system or write=reporting",
    counted="Status",
    optional=True,
)

# How the configuration wizard of PJSIP names the registrations of an endpoint.
_WIZARD: Final = re.compile(r"(.+)-reg-[0-9]+")


def trunks_of(
    endpoints: Iterable[Endpoint], registrations: Iterable[Registration], patterns: Sequence[str]
) -> tuple[Trunk, ...]:
    """Return the endpoints that are trunks.

    A trunk is registered if any of its registrations is accepted: calls then find a way.

    Args:
        endpoints: All endpoints.
        registrations: All outbound registrations.
        patterns: Patterns of the names of trunks; if empty, the endpoints that have a registration.
    """
    by_trunk: defaultdict[str, list[float]] = defaultdict(list)
    known = {endpoint.id: endpoint for endpoint in endpoints}
    for registration in registrations:
        states = by_trunk[_endpoint_of(registration, known)]
        if registration.registered is not None:
            states.append(registration.registered)
    choice = Choice.model_validate({"include": patterns or None})
    names = filter(choice.takes, known | by_trunk) if patterns else by_trunk
    return tuple(
        Trunk(
            id=name,
            name=name,
            in_use_ports=known[name].active_channels if name in known else None,
            registered=max(by_trunk.get(name, ()), default=None),
        )
        for name in names
    )


def _endpoint_of(registration: Registration, endpoints: Iterable[str]) -> str:
    """Return the name of the endpoint of a registration: configured, or the registration's own."""
    if registration.endpoint:
        return registration.endpoint
    wizard = _WIZARD.fullmatch(registration.id)
    is_of_wizard = wizard is not None and registration.id not in endpoints and wizard[1] in endpoints
    return wizard[1] if wizard is not None and is_of_wizard else registration.id
