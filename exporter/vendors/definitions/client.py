"""The client of a target whose vendor is described by a definition."""

from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence

from exporter.runtime.clock import Clock
from exporter.settings import TargetSettings
from exporter.vendors.base import Resource
from exporter.vendors.definitions.api import Api
from exporter.vendors.definitions.batches import Batches, Ids
from exporter.vendors.definitions.forms import joined_value
from exporter.vendors.definitions.lists import KeptList
from exporter.vendors.definitions.model_fields import MODELS
from exporter.vendors.definitions.parsed import ParsedDefinition, forms_of, kind_of
from exporter.vendors.definitions.request_keys import ForEach, ResourceRequest
from exporter.vendors.definitions.resource import DefinedResource
from exporter.vendors.definitions.row_schemas import SchemaCompiler
from exporter.vendors.definitions.scope import Lookup, Scope
from exporter.vendors.definitions.settings_model import applies
from exporter.vendors.definitions.substitution import variables_of
from exporter.vendors.definitions.value_readers import ResponseTime
from exporter.vendors.toolkit.cadence import Cadence
from exporter.vendors.toolkit.http import Http
from exporter.vendors.toolkit.json_document import Notes
from exporter.vendors.toolkit.rate_floor import Floor


class DefinedClient:
    """One contact centre of a vendor that is described by a definition."""

    def __init__(self, parsed: ParsedDefinition, target: TargetSettings, http: Http, clock: Clock) -> None:
        """Prepare the client; nothing is sent before the first poll."""
        self._parsed = parsed
        self._target = target
        self._clock = clock
        self._api = Api(parsed.definition, target, http, clock)
        self._lookups = {name: Lookup() for name in parsed.definition.lists}
        self._lists: dict[str, KeptList] = {}
        self._used: set[str] = set()
        for name, spec in parsed.definition.lists.items():
            batches = self._batches(spec.for_each)
            self._lists[name] = KeptList(name, spec, self._api, clock, batches=batches, interval=target.poll.interval)
        self._resources = list(self._all_resources())

    @property
    def resources(self) -> Sequence[Resource]:
        """Return the resources in the order of the definition."""
        return self._resources

    async def close(self) -> None:
        """End the session, if the vendor has a request for it. Raises PollError."""
        await self._api.close()

    def _all_resources(self) -> Iterator[Resource]:
        listed: set[str] = set()
        for name, spec in self._parsed.definition.resources.items():
            if not applies(spec.when, self._api.settings):
                continue
            kind = kind_of(spec)
            yield self._resource(name, spec).resource(carries_thresholds=kind not in listed)
            listed.add(kind)

    def _resource(self, name: str, spec: ResourceRequest) -> DefinedResource:
        definition = self._parsed.definition
        scope = Scope(self._lookups, spec.pivots)
        time = ResponseTime(self._api.day.zone)
        fields = self._parsed.fields[name]
        schema = SchemaCompiler(scope, time, self._api.settings).schema(name, MODELS[kind_of(spec)], fields)
        floor = max(spec.floor, definition.limits.floor)
        joined = {value[0] for form in forms_of(fields) if (value := joined_value(form))}
        if spec.only is not None:
            joined.add(spec.only.list)
        return DefinedResource(
            name,
            spec,
            schema,
            api=self._api,
            batches=self._batches(spec.for_each),
            scope=scope,
            time=time,
            cadence=Cadence(self._target.poll, floor, spec.every, spec.paced),
            fill_lookups=self._filling(joined),
            lists=self._newly_used(spec.for_each, joined),
            at_once=definition.limits.at_once,
            floor=Floor((*self._target.account(), name), floor, self._clock) if floor else None,
            period_of_request=_contains_day(spec),
            clock=self._clock,
        )

    def _newly_used(self, for_each: ForEach | None, joined: Iterable[str]) -> Sequence[KeptList]:
        """Return the lists that a resource needs and no resource before it."""
        names = [*joined, *self._asked_for(for_each)]
        found = [name for name in dict.fromkeys(names) if name not in self._used]
        self._used.update(found)
        return [self._lists[name] for name in found]

    def _asked_for(self, for_each: ForEach | None) -> Iterator[str]:
        """Yield the list with the ids to ask for, and those that it needs itself."""
        if for_each is not None and for_each.list is not None:
            yield for_each.list
            yield from self._asked_for(self._parsed.definition.lists[for_each.list].for_each)

    def _batches(self, for_each: ForEach | None) -> Batches:
        at_once = self._parsed.definition.limits.at_once
        size = 1 if for_each is None else for_each.batch
        return Batches(self._api, self._ids(for_each), size, at_once, self._clock)

    def _ids(self, for_each: ForEach | None) -> Ids | None:
        """Return the function that returns the ids to ask for."""
        if for_each is None:
            return None
        if for_each.list is not None:
            return self._listed(self._lists[for_each.list])
        configured = tuple(dict.fromkeys(getattr(self._target, for_each.setting or "") or ()))

        async def ids(_notes: Notes) -> Sequence[str]:
            return configured

        return ids

    def _listed(self, kept: KeptList) -> Ids:
        async def ids(notes: Notes) -> Sequence[str]:
            return (await kept.get(notes)).ids

        return ids

    def _filling(self, names: set[str]) -> Callable[[Notes], Awaitable[None]]:
        """Return the function that requests the lists whose values are joined."""

        async def fill(notes: Notes) -> None:
            for name in names:
                self._lookups[name].values = (await self._lists[name].get(notes)).values

        return fill


def _contains_day(spec: ResourceRequest) -> bool:
    """Return whether the requests of a resource contain the reporting day."""
    texts = (spec.query, spec.form, spec.json_body, spec.path, spec.headers)
    return any(variable.name in {"today", "tomorrow"} for variable in variables_of(texts))
