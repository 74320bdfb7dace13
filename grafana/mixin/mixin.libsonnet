// A monitoring mixin: the rules and dashboards of this directory with your parameters.
//
//   local contactcenter = (import 'mixin.libsonnet') { _config+:: { selector: 'cluster="eu"' } };
//
// It has the usual fields of mixins: grafanaDashboards, prometheusRules and prometheusAlerts. Without parameters they
// are equal to the generated files.
{
  _config+:: {
    // Matchers of every series, such as 'cluster="eu", namespace="voice"'.
    selector: '',
    // A regular expression of the scrape jobs; '' for all.
    job: '',
    grafanaUrl: 'http://localhost:3000',
    runbooksUrl: 'https://github.com/contactcenter-exporter/contactcenter-exporter/blob/main/grafana/runbooks/README.md',
    // Whether to record rules/details.yml too: further values of each queue.
    details: true,
    // Alerts whose threshold is neither of a queue nor derived from its objective.
    thresholds: {
      occupancy: 0.9,
      wrapUpShare: 0.3,
      longWrapUpSeconds: 600,
      abandonmentWarning: 0.1,
      abandonmentCritical: 0.25,
      trunkUsageWarning: 0.8,
      trunkUsageCritical: 0.95,
    },
  },

  local config = $._config,
  local expressions = import 'expressions.json',

  local thresholds = {
    occupancy: { alert: 'ContactCenterOccupancyHigh', severity: 'warning', text: '> 0.9' },
    wrapUpShare: { alert: 'ContactCenterWrapUpShareHigh', severity: 'warning', text: '> 0.3' },
    longWrapUpSeconds: { alert: 'ContactCenterAgentLongInWrapUp', severity: 'info', text: '> 600' },
    abandonmentWarning: { alert: 'ContactCenterAbandonmentHigh', severity: 'warning', text: '> 0.1' },
    abandonmentCritical: { alert: 'ContactCenterAbandonmentHigh', severity: 'critical', text: '> 0.25' },
    trunkUsageWarning: { alert: 'ContactCenterTrunkNearCapacity', severity: 'warning', text: '> 0.8' },
    trunkUsageCritical: { alert: 'ContactCenterTrunkNearCapacity', severity: 'critical', text: '> 0.95' },
  },

  local joined(matchers) = std.join(', ', [matcher for matcher in matchers if matcher != '']),
  local withoutJob = config.selector,
  local matchers = joined([config.selector, if config.job == '' then '' else 'job=~"%s"' % config.job]),
  local before(text) = if text == '' then '' else text + ', ',
  local replaced(text, pairs) = std.foldl(function(done, pair) std.strReplace(done, pair[0], pair[1]), pairs, text),
  local expression(text) = replaced(expressions[text], [
    ['⟪matchers⟫', before(matchers)],
    ['⟪{matchers}⟫', if matchers == '' then '' else '{%s}' % matchers],
    ['⟪matchers without job⟫', before(withoutJob)],
  ]),

  // Dashboards ---------------------------------------------------------------------------------------------------------

  local urls(text) = replaced(text, [['https://github.com/contactcenter-exporter/contactcenter-exporter/blob/main/grafana/runbooks/README.md', config.runbooksUrl]]),
  local dashboard(data) =
    if std.isArray(data) then [dashboard(item) for item in data]
    else if std.isObject(data) then {
      [key]:
        if std.member(['expr', 'definition'], key) then expression(data[key])
        else if key == 'query' && std.isObject(data[key]) then data[key] { query: expression(super.query) }
        else dashboard(data[key])
      for key in std.objectFields(data)
    }
    else if std.isString(data) then urls(data)
    else data,

  grafanaDashboards+:: {
    'wall.json': dashboard(import '../dashboards/wall.json'),
    'queues.json': dashboard(import '../dashboards/queues.json'),
    'intraday.json': dashboard(import '../dashboards/intraday.json'),
    'agents.json': dashboard(import '../dashboards/agents.json'),
    'trunks.json': dashboard(import '../dashboards/trunks.json'),
    'service-level.json': dashboard(import '../dashboards/service-level.json'),
    'exporter.json': dashboard(import '../dashboards/exporter.json'),
  },

  // Rules --------------------------------------------------------------------------------------------------------------

  local changed(rule, expr) = std.foldl(
    function(done, name)
      local known = thresholds[name];
      if std.get(rule, 'alert', '') == known.alert && rule.labels.severity == known.severity
      then std.strReplace(done, known.text, '> %g' % config.thresholds[name])
      else done,
    std.objectFields(thresholds),
    expr
  ),
  local rule(data) = data {
    expr: changed(data, expression(super.expr)),
    [if std.objectHas(data, 'annotations') then 'annotations']: {
      [name]: urls(std.strReplace(data.annotations[name], 'http://localhost:3000', config.grafanaUrl))
      for name in std.objectFields(data.annotations)
    },
  },
  local groups(text) = [group { rules: [rule(data) for data in super.rules] } for group in std.parseYaml(text).groups],

  prometheusRules+:: {
    groups: groups(importstr '../rules/recording.yml') + groups(importstr '../rules/contacts.yml')
            + groups(importstr '../rules/intraday.yml')
            + (if config.details then groups(importstr '../rules/details.yml') else []),
  },
  prometheusAlerts+:: {
    groups: groups(importstr '../rules/supervisors.yml') + groups(importstr '../rules/sre.yml'),
  },
}
