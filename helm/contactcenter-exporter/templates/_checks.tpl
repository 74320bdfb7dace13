{{/* What the schema cannot say, each with the place and what to do instead. */}}
{{- define "exporter.checks" -}}
{{- $given := compact (list (ternary "config" "" (not (empty .Values.config))) (ternary "existingConfig.name" "" (not (empty .Values.existingConfig.name))) (ternary "demo.enabled" "" .Values.demo.enabled)) }}
{{- if not $given }}
{{- fail "nothing to poll: give config.targets, existingConfig.name, or demo.enabled=true to try it on a simulation" }}
{{- end }}
{{- if gt (len $given) 1 }}
{{- fail (printf "%s: give only one of them" (join " and " $given)) }}
{{- end }}
{{- if and .Values.config (not .Values.config.targets) }}
{{- fail "config.targets: nothing to poll; give at least one target" }}
{{- end }}
{{- range $place, $part := include "exporter.secretPlaces" . | fromYaml }}
{{- fail (printf "%s: a secret does not belong in a ConfigMap; keep it in a Secret listed in credentials, and give %s_file" $place $part) }}
{{- end }}
{{- range $number, $target := (.Values.config).targets }}
{{- $vendors := list "apio" "axialys" "brightpattern" "kpn" "sinch" }}
{{- if and (not (has $target.vendor $vendors)) (eq $.Values.image.repository "contactcenter-exporter/contactcenter-exporter") (not $.Values.extraVolumeMounts) }}
{{- fail (printf "config.targets[%d].vendor: the image knows no vendor %v (known: %s); one of another package needs an image or a mount of its own" $number $target.vendor (join ", " $vendors)) }}
{{- end }}
{{- end }}
{{- range $key := list "web" "log" }}
{{- if hasKey ($.Values.config | default dict) $key }}
{{- fail (printf "config.%s: the chart says it by flags; use %s" $key (ternary "webConfig, containerPort and lifecycle" "log" (eq $key "web"))) }}
{{- end }}
{{- end }}
{{- range $key, $value := dict "shard" "sharding" "total_shards" "sharding" "leader_election" "leaderElection" }}
{{- if hasKey ($.Values.config | default dict) $key }}
{{- fail (printf "config.%s: the chart says it by flags; use %s" $key $value) }}
{{- end }}
{{- end }}
{{- if and .Values.sharding.enabled .Values.leaderElection.enabled }}
{{- fail "sharding.enabled and leaderElection.enabled: give only one of them; a StatefulSet never has two pods of one shard" }}
{{- end }}
{{- if and .Values.demo.enabled (or .Values.sharding.enabled .Values.leaderElection.enabled) }}
{{- fail "demo.enabled: each pod simulates for itself; leave out sharding and leaderElection" }}
{{- end }}
{{- if and .Values.sharding.enabled (ne (int .Values.replicaCount) 1) }}
{{- fail "replicaCount: with sharding.enabled there are as many pods as sharding.shards says" }}
{{- end }}
{{- if and .Values.leaderElection.enabled (not (or .Values.serviceAccount.create .Values.serviceAccount.name)) }}
{{- fail "leaderElection.enabled: needs serviceAccount.create or serviceAccount.name, or every pod of the namespace could take the Lease" }}
{{- end }}
{{- $names := list }}
{{- range .Values.credentials }}
{{- if has .secretName $names }}
{{- fail (printf "credentials: the Secret %s is listed twice" .secretName) }}
{{- end }}
{{- $names = append $names .secretName }}
{{- end }}
{{- if and .Values.webConfig.tls (not .Values.webConfig.existingSecret) }}
{{- fail "webConfig.tls: needs webConfig.existingSecret, whose file turns TLS on" }}
{{- end }}
{{- if and .Values.webConfig.certificateSecret (not .Values.webConfig.existingSecret) }}
{{- fail "webConfig.certificateSecret: needs webConfig.existingSecret, whose file names the certificate" }}
{{- end }}
{{- if and (ne .Values.probes.type "exec") (or .Values.probes.credentialsSecret .Values.probes.certificateSecret) }}
{{- fail "probes.type: must be exec for credentialsSecret and certificateSecret to be used" }}
{{- end }}
{{- if and .Values.serviceMonitor.enabled .Values.podMonitor.enabled }}
{{- fail "serviceMonitor.enabled and podMonitor.enabled: give only one of them, or everything is scraped twice" }}
{{- end }}
{{- if and .Values.podDisruptionBudget.enabled (eq (toString .Values.podDisruptionBudget.minAvailable) "") (eq (toString .Values.podDisruptionBudget.maxUnavailable) "") }}
{{- fail "podDisruptionBudget: give maxUnavailable or minAvailable" }}
{{- end }}
{{- if and .Values.podDisruptionBudget.enabled (include "exporter.budgetBlocks" .) }}
{{- fail (printf "podDisruptionBudget: lets none of %v pods go, so that no node of theirs could be drained; give a larger maxUnavailable or a smaller minAvailable" .Values.replicaCount) }}
{{- end }}
{{- with .Values.strategy }}
{{- if and (eq .type "Recreate") .rollingUpdate }}
{{- fail "strategy.rollingUpdate: needs strategy.type RollingUpdate" }}
{{- end }}
{{- end }}
{{- end }}

{{/* "yes" where the budget never lets a pod go while there is one. Kubernetes rounds shares of the pods up. */}}
{{- define "exporter.budgetBlocks" -}}
{{- $pods := int .Values.replicaCount }}
{{- $stay := toString .Values.podDisruptionBudget.minAvailable }}
{{- if hasSuffix "%" $stay }}
{{- $stay = divf (mulf (trimSuffix "%" $stay) $pods) 100 | ceil | toString }}
{{- end }}
{{- $away := toString .Values.podDisruptionBudget.maxUnavailable | trimSuffix "%" }}
{{- if and $pods (ternary (ge (int $stay) $pods) (eq $away "0") (ne $stay "")) }}yes{{ end }}
{{- end }}

{{/* Secrets written out in the configuration: their places, and their keys. */}}
{{- define "exporter.secretPlaces" -}}
{{- $keys := list "api_key" "client_secret" "password" "token" }}
{{- $found := dict }}
{{- if dig "agents" "pseudonym_key" "" (.Values.config | default dict) }}
{{- $_ := set $found "config.agents.pseudonym_key" "pseudonym_key" }}
{{- end }}
{{- range $number, $target := (.Values.config).targets }}
{{- range $key := $keys }}
{{- if and (kindIs "map" $target) (hasKey $target $key) }}
{{- $_ := set $found (printf "config.targets[%d].%s" $number $key) $key }}
{{- end }}
{{- end }}
{{- if and (kindIs "map" $target) (dig "agents" "pseudonym_key" "" $target) }}
{{- $_ := set $found (printf "config.targets[%d].agents.pseudonym_key" $number) "pseudonym_key" }}
{{- end }}
{{- end }}
{{- toYaml $found }}
{{- end }}
