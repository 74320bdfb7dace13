{{/* The directory of configuration and secrets in the container. */}}
{{- define "exporter.directory" -}}/etc/contactcenter-exporter{{- end }}

{{/* The directory of the state volume in the container. */}}
{{- define "exporter.stateDirectory" -}}/var/lib/contactcenter-exporter{{- end }}

{{- define "exporter.args" -}}
{{- $directory := include "exporter.directory" . }}
{{- $args := list (printf "--web.listen-address=:%v" .Values.containerPort) }}
{{- if .Values.demo.enabled }}
{{- $args = concat (list "demo" (printf "--speed=%v" .Values.demo.speed)) $args }}
{{- else }}
{{- $file := printf "--config.file=%s/config/%s" $directory (include "exporter.configKey" .) }}
{{- $args = concat (list $file (printf "--config.auto-reload-interval=%s" .Values.lifecycle.autoReloadInterval)) $args }}
{{- end }}
{{- if ne (include "exporter.stateVolume" .) "none" }}
{{- $args = append $args (printf "--state.dir=%s" (include "exporter.stateDirectory" .)) }}
{{- end }}
{{- if .Values.webConfig.existingSecret }}
{{- $args = append $args (printf "--web.config.file=%s/web/%s" $directory .Values.webConfig.key) }}
{{- end }}
{{- if .Values.lifecycle.enabled }}
{{- $args = append $args "--web.enable-lifecycle" }}
{{- end }}
{{- if .Values.sharding.enabled }}
{{- $args = append $args (printf "--total-shards=%v" .Values.sharding.shards) }}
{{- end }}
{{- if .Values.leaderElection.enabled }}
{{- $args = append $args (printf "--leader-election.lease=%s" (include "exporter.fullname" .)) }}
{{- $args = append $args (printf "--leader-election.duration=%s" .Values.leaderElection.duration) }}
{{- end }}
{{- $args = concat $args (list (printf "--log.level=%s" .Values.log.level) (printf "--log.format=%s" .Values.log.format)) }}
{{- concat $args (.Values.extraArgs | default list) | toYaml }}
{{- end }}

{{/*
The environment. glibc raises both thresholds after the first large free, and from then on keeps freed responses and
rendered pages in its heap; fixed thresholds return that memory to the system. A variable in extraEnv replaces the one
of its name here: a name listed twice breaks server-side apply.
*/}}
{{- define "exporter.env" -}}
{{- $extra := .Values.extraEnv | default list }}
{{- $names := list }}
{{- range $extra }}
{{- $names = append $names .name }}
{{- end }}
{{- $env := list }}
{{- range $name := list "MALLOC_MMAP_THRESHOLD_" "MALLOC_TRIM_THRESHOLD_" }}
{{- if not (has $name $names) }}
{{- $env = append $env (dict "name" $name "value" "131072") }}
{{- end }}
{{- end }}
{{- concat $env $extra | toYaml }}
{{- end }}

{{/*
The ConfigMaps and Secrets mounted in the container: a list of {name, path, source}, with the path below the directory.
Whole directories, because the kubelet does not update single files (subPath) in a running container.
*/}}
{{- define "exporter.files" -}}
{{- $files := list }}
{{- if .Values.existingConfig.name }}
{{- $source := ternary (dict "secret" (dict "secretName" .Values.existingConfig.name)) (dict "configMap" (dict "name" .Values.existingConfig.name)) (eq .Values.existingConfig.kind "Secret") }}
{{- $files = append $files (dict "name" "config" "path" "config" "source" $source) }}
{{- else if not .Values.demo.enabled }}
{{- $files = append $files (dict "name" "config" "path" "config" "source" (dict "configMap" (dict "name" (include "exporter.fullname" .)))) }}
{{- end }}
{{- with .Values.webConfig.existingSecret }}
{{- $files = append $files (dict "name" "web" "path" "web" "source" (dict "secret" (dict "secretName" .))) }}
{{- end }}
{{- with .Values.webConfig.certificateSecret }}
{{- $files = append $files (dict "name" "tls" "path" "tls" "source" (dict "secret" (dict "secretName" .))) }}
{{- end }}
{{- range $number, $credential := .Values.credentials }}
{{- $files = append $files (dict "name" (printf "credentials-%d" $number) "path" (printf "credentials/%s" $credential.secretName) "source" (dict "secret" $credential)) }}
{{- end }}
{{- toYaml (concat $files (include "exporter.probeFiles" . | fromYamlArray)) }}
{{- end }}

{{/* The Secrets of a probe, as in exporter.files. */}}
{{- define "exporter.probeFiles" -}}
{{- $files := list }}
{{- with .Values.probes.credentialsSecret }}
{{- $files = append $files (dict "name" "probe-credentials" "path" "probe/credentials" "source" (dict "secret" (dict "secretName" .))) }}
{{- end }}
{{- with .Values.probes.certificateSecret }}
{{- $files = append $files (dict "name" "probe-certificate" "path" "probe/certificate" "source" (dict "secret" (dict "secretName" .))) }}
{{- end }}
{{- toYaml $files }}
{{- end }}

{{/* The volume mounts of files, and the extra ones. Takes {root, files, extra}. */}}
{{- define "exporter.volumeMounts" -}}
{{- $mounts := list }}
{{- range .files }}
{{- $mounts = append $mounts (dict "name" .name "mountPath" (printf "%s/%s" (include "exporter.directory" $) .path) "readOnly" true) }}
{{- end }}
{{- with concat $mounts (.extra | default list) }}
{{- toYaml . }}
{{- end }}
{{- end }}

{{/* The volumes of files, and the extra ones. Takes {files, extra}. */}}
{{- define "exporter.volumes" -}}
{{- $volumes := list }}
{{- range .files }}
{{- $volumes = append $volumes (merge (dict "name" .name) .source) }}
{{- end }}
{{- with concat $volumes (.extra | default list) }}
{{- toYaml . }}
{{- end }}
{{- end }}

{{/* The mount of the state volume, as a list. */}}
{{- define "exporter.stateMount" -}}
{{- $mount := dict "name" "state" "mountPath" (include "exporter.stateDirectory" .) }}
{{- ternary list (list $mount) (eq (include "exporter.stateVolume" .) "none") | toYaml }}
{{- end }}

{{/* The state volume of the pod template, as a list; claims are in the StatefulSet. */}}
{{- define "exporter.stateVolumes" -}}
{{- $source := dict }}
{{- with .Values.state.sizeLimit }}
{{- $_ := set $source "sizeLimit" . }}
{{- end }}
{{- ternary (list (dict "name" "state" "emptyDir" $source)) list (eq (include "exporter.stateVolume" .) "emptyDir") | toYaml }}
{{- end }}

{{/* The command of an exec probe. Takes {root, url}. */}}
{{- define "exporter.probeCommand" -}}
{{- $directory := include "exporter.directory" .root }}
{{- $command := list "contactcenter-exporter-probe" }}
{{- if .root.Values.probes.credentialsSecret }}
{{- $command = append $command (printf "--credentials=%s/probe/credentials" $directory) }}
{{- end }}
{{- if .root.Values.probes.certificateSecret }}
{{- $command = append $command (printf "--certificate=%s/probe/certificate" $directory) }}
{{- end }}
{{- append $command .url | toYaml }}
{{- end }}

{{/* A probe of the configured type. Takes {root, path, probe}. */}}
{{- define "exporter.probe" -}}
{{- $values := .root.Values }}
{{- $scheme := include "exporter.scheme" .root }}
{{- $url := printf "%s://127.0.0.1:%v%s" $scheme $values.containerPort .path }}
{{- $ways := dict }}
{{- $_ := set $ways "exec" (dict "command" (include "exporter.probeCommand" (dict "root" .root "url" $url) | fromYamlArray)) }}
{{- $_ := set $ways "tcpSocket" (dict "port" "metrics") }}
{{- $_ := set $ways "httpGet" (dict "path" .path "port" "metrics" "scheme" (upper $scheme)) }}
{{- merge (pick $ways $values.probes.type) (omit .probe "enabled") | toYaml }}
{{- end }}
