#!/bin/bash
# Deploys this folder to a Kubernetes cluster. Needs bash 3.2 or later and kubectl 1.27 or later; `--help` says the rest.
# Variables in small letters are this script's own; those in capital letters belong to the environment.
# shellcheck disable=SC2016 # the plan is data, in which nothing is to be expanded
set -euo pipefail

title_ko='Count 통합 관리 시스템'
title_en='Count management system'
namespace='count-system'
environment='production'
part_of='count-system'
# a row: name, title_ko, title_en, option
phases=(
  'namespace' '네임스페이스 생성' 'Namespace' ''
  'configuration' 'ConfigMap 및 Secret 생성' 'ConfigMaps and Secrets' ''
  'storage' 'PVC 생성' 'PersistentVolumeClaims' ''
  'infrastructure' '인프라 컴포넌트 배포' 'Infrastructure' ''
  'database-initialization' '데이터베이스 초기화 Job 실행' 'Database initialization' ''
  'services' '애플리케이션 서비스 배포' 'Services' ''
  'ingress' 'Ingress 배포' 'Ingress' 'with-ingress'
)
# a row: sign
outage_signs=(
  'connection refused'
  'was refused'
  'connection reset'
  'i/o timeout'
  'TLS handshake timeout'
  'no route to host'
  'network is unreachable'
  'no such host'
  'http2: client connection lost'
  'server sent GOAWAY'
  'unexpected EOF'
  ': EOF'
  'connectex: '
  'wsarecv: '
  'wsasend: '
  'currently unable to handle the request'
  'etcdserver: '
  'ServiceUnavailable'
  'context deadline exceeded'
  'Client.Timeout exceeded'
)
version='latest'
# a row: phase, resource, name, file, namespaced
files=(
  'namespace' 'Namespace.v1.' 'count-system' 'namespace.yaml' ''
  'configuration' 'ConfigMap.v1.' 'app-config' 'configmap/app-config.yaml' 'yes'
  'configuration' 'ConfigMap.v1.' 'kafka-config' 'configmap/kafka-config.yaml' 'yes'
  'configuration' 'ConfigMap.v1.' 'redis-config' 'configmap/redis-config.yaml' 'yes'
  'configuration' 'ConfigMap.v1.' 'postgresql-init-scripts' 'configmap/postgresql-init-scripts.yaml' 'yes'
  'configuration' 'NetworkPolicy.v1.networking.k8s.io' 'default-deny' 'networkpolicies/default-deny.yaml' 'yes'
  'configuration' 'NetworkPolicy.v1.networking.k8s.io' 'allow-dns' 'networkpolicies/allow-dns.yaml' 'yes'
  'configuration' 'NetworkPolicy.v1.networking.k8s.io' 'count-write-service' 'networkpolicies/count-write-service.yaml' 'yes'
  'configuration' 'NetworkPolicy.v1.networking.k8s.io' 'postgresql' 'networkpolicies/postgresql.yaml' 'yes'
  'configuration' 'NetworkPolicy.v1.networking.k8s.io' 'redis-value' 'networkpolicies/redis-value.yaml' 'yes'
  'configuration' 'NetworkPolicy.v1.networking.k8s.io' 'redis-cache' 'networkpolicies/redis-cache.yaml' 'yes'
  'configuration' 'NetworkPolicy.v1.networking.k8s.io' 'kafka' 'networkpolicies/kafka.yaml' 'yes'
  'configuration' 'NetworkPolicy.v1.networking.k8s.io' 'count-read-service' 'networkpolicies/count-read-service.yaml' 'yes'
  'configuration' 'NetworkPolicy.v1.networking.k8s.io' 'redis-replica' 'networkpolicies/redis-replica.yaml' 'yes'
  'configuration' 'NetworkPolicy.v1.networking.k8s.io' 'count-management-service' 'networkpolicies/count-management-service.yaml' 'yes'
  'configuration' 'NetworkPolicy.v1.networking.k8s.io' 'count-analysis-service' 'networkpolicies/count-analysis-service.yaml' 'yes'
  'configuration' 'NetworkPolicy.v1.networking.k8s.io' 'dashboard-provision-service' 'networkpolicies/dashboard-provision-service.yaml' 'yes'
  'configuration' 'NetworkPolicy.v1.networking.k8s.io' 'dashboard-update-service' 'networkpolicies/dashboard-update-service.yaml' 'yes'
  'configuration' 'NetworkPolicy.v1.networking.k8s.io' 'postgresql-init' 'networkpolicies/postgresql-init.yaml' 'yes'
  'configuration' 'NetworkPolicy.v1.networking.k8s.io' 'zookeeper' 'networkpolicies/zookeeper.yaml' 'yes'
  'storage' 'PersistentVolumeClaim.v1.' 'postgresql-data-postgresql-0' 'persistentvolumeclaims/postgresql-pvc.yaml' 'yes'
  'storage' 'PersistentVolumeClaim.v1.' 'redis-value-data-redis-value-0' 'persistentvolumeclaims/redis-value-pvc.yaml' 'yes'
  'storage' 'PersistentVolumeClaim.v1.' 'redis-replica-data-redis-replica-0' 'persistentvolumeclaims/redis-replica-pvc.yaml' 'yes'
  'storage' 'PersistentVolumeClaim.v1.' 'redis-cache-data-redis-cache-0' 'persistentvolumeclaims/redis-cache-pvc.yaml' 'yes'
  'storage' 'PersistentVolumeClaim.v1.' 'zookeeper-data' 'persistentvolumeclaims/zookeeper-pvc.yaml' 'yes'
  'storage' 'PersistentVolumeClaim.v1.' 'kafka-data' 'persistentvolumeclaims/kafka-pvc.yaml' 'yes'
  'infrastructure' 'Service.v1.' 'zookeeper' 'services/zookeeper-service.yaml' 'yes'
  'infrastructure' 'Service.v1.' 'kafka' 'services/kafka-service.yaml' 'yes'
  'infrastructure' 'Service.v1.' 'postgresql' 'services/postgresql-service.yaml' 'yes'
  'infrastructure' 'Service.v1.' 'redis-value' 'services/redis-value-service.yaml' 'yes'
  'infrastructure' 'Service.v1.' 'redis-replica' 'services/redis-replica-service.yaml' 'yes'
  'infrastructure' 'Service.v1.' 'redis-cache' 'services/redis-cache-service.yaml' 'yes'
  'infrastructure' 'Deployment.v1.apps' 'zookeeper' 'deployments/zookeeper.yaml' 'yes'
  'infrastructure' 'Deployment.v1.apps' 'kafka' 'deployments/kafka.yaml' 'yes'
  'infrastructure' 'StatefulSet.v1.apps' 'postgresql' 'statefulsets/postgresql.yaml' 'yes'
  'infrastructure' 'StatefulSet.v1.apps' 'redis-value' 'statefulsets/redis-value.yaml' 'yes'
  'infrastructure' 'StatefulSet.v1.apps' 'redis-replica' 'statefulsets/redis-replica.yaml' 'yes'
  'infrastructure' 'StatefulSet.v1.apps' 'redis-cache' 'statefulsets/redis-cache.yaml' 'yes'
  'database-initialization' 'Job.v1.batch' 'postgresql-init' 'jobs/postgresql-init.yaml' 'yes'
  'services' 'Service.v1.' 'count-write-service' 'services/count-write-service.yaml' 'yes'
  'services' 'PodDisruptionBudget.v1.policy' 'count-write-service' 'poddisruptionbudgets/count-write-service.yaml' 'yes'
  'services' 'Service.v1.' 'count-read-service' 'services/count-read-service.yaml' 'yes'
  'services' 'PodDisruptionBudget.v1.policy' 'count-read-service' 'poddisruptionbudgets/count-read-service.yaml' 'yes'
  'services' 'Service.v1.' 'count-management-service' 'services/count-management-service.yaml' 'yes'
  'services' 'PodDisruptionBudget.v1.policy' 'count-management-service' 'poddisruptionbudgets/count-management-service.yaml' 'yes'
  'services' 'Service.v1.' 'count-analysis-service' 'services/count-analysis-service.yaml' 'yes'
  'services' 'PodDisruptionBudget.v1.policy' 'count-analysis-service' 'poddisruptionbudgets/count-analysis-service.yaml' 'yes'
  'services' 'Service.v1.' 'dashboard-provision-service' 'services/dashboard-provision-service.yaml' 'yes'
  'services' 'PodDisruptionBudget.v1.policy' 'dashboard-provision-service' 'poddisruptionbudgets/dashboard-provision-service.yaml' 'yes'
  'services' 'Service.v1.' 'dashboard-update-service' 'services/dashboard-update-service.yaml' 'yes'
  'services' 'Deployment.v1.apps' 'count-write-service' 'deployments/count-write-service.yaml' 'yes'
  'services' 'Deployment.v1.apps' 'count-read-service' 'deployments/count-read-service.yaml' 'yes'
  'services' 'Deployment.v1.apps' 'count-management-service' 'deployments/count-management-service.yaml' 'yes'
  'services' 'Deployment.v1.apps' 'count-analysis-service' 'deployments/count-analysis-service.yaml' 'yes'
  'services' 'Deployment.v1.apps' 'dashboard-provision-service' 'deployments/dashboard-provision-service.yaml' 'yes'
  'services' 'Deployment.v1.apps' 'dashboard-update-service' 'deployments/dashboard-update-service.yaml' 'yes'
  'ingress' 'Ingress.v1.networking.k8s.io' 'count-system-ingress' 'ingress/ingress.yaml' 'yes'
)
# a row: phase, resource, name
objects=(
  'namespace' 'Namespace.v1.' 'count-system'
  'configuration' 'ConfigMap.v1.' 'app-config'
  'configuration' 'ConfigMap.v1.' 'kafka-config'
  'configuration' 'ConfigMap.v1.' 'redis-config'
  'configuration' 'ConfigMap.v1.' 'postgresql-init-scripts'
  'configuration' 'Secret.v1.' 'postgresql-secret'
  'configuration' 'Secret.v1.' 'countinfo-secret'
  'configuration' 'Secret.v1.' 'dashboardconfig-secret'
  'configuration' 'NetworkPolicy.v1.networking.k8s.io' 'default-deny'
  'configuration' 'NetworkPolicy.v1.networking.k8s.io' 'allow-dns'
  'configuration' 'NetworkPolicy.v1.networking.k8s.io' 'count-write-service'
  'configuration' 'NetworkPolicy.v1.networking.k8s.io' 'postgresql'
  'configuration' 'NetworkPolicy.v1.networking.k8s.io' 'redis-value'
  'configuration' 'NetworkPolicy.v1.networking.k8s.io' 'redis-cache'
  'configuration' 'NetworkPolicy.v1.networking.k8s.io' 'kafka'
  'configuration' 'NetworkPolicy.v1.networking.k8s.io' 'count-read-service'
  'configuration' 'NetworkPolicy.v1.networking.k8s.io' 'redis-replica'
  'configuration' 'NetworkPolicy.v1.networking.k8s.io' 'count-management-service'
  'configuration' 'NetworkPolicy.v1.networking.k8s.io' 'count-analysis-service'
  'configuration' 'NetworkPolicy.v1.networking.k8s.io' 'dashboard-provision-service'
  'configuration' 'NetworkPolicy.v1.networking.k8s.io' 'dashboard-update-service'
  'configuration' 'NetworkPolicy.v1.networking.k8s.io' 'postgresql-init'
  'configuration' 'NetworkPolicy.v1.networking.k8s.io' 'zookeeper'
  'storage' 'PersistentVolumeClaim.v1.' 'postgresql-data-postgresql-0'
  'storage' 'PersistentVolumeClaim.v1.' 'redis-value-data-redis-value-0'
  'storage' 'PersistentVolumeClaim.v1.' 'redis-replica-data-redis-replica-0'
  'storage' 'PersistentVolumeClaim.v1.' 'redis-cache-data-redis-cache-0'
  'storage' 'PersistentVolumeClaim.v1.' 'zookeeper-data'
  'storage' 'PersistentVolumeClaim.v1.' 'kafka-data'
  'infrastructure' 'Service.v1.' 'zookeeper'
  'infrastructure' 'Service.v1.' 'kafka'
  'infrastructure' 'Service.v1.' 'postgresql'
  'infrastructure' 'Service.v1.' 'redis-value'
  'infrastructure' 'Service.v1.' 'redis-replica'
  'infrastructure' 'Service.v1.' 'redis-cache'
  'infrastructure' 'Deployment.v1.apps' 'zookeeper'
  'infrastructure' 'Deployment.v1.apps' 'kafka'
  'infrastructure' 'StatefulSet.v1.apps' 'postgresql'
  'infrastructure' 'StatefulSet.v1.apps' 'redis-value'
  'infrastructure' 'StatefulSet.v1.apps' 'redis-replica'
  'infrastructure' 'StatefulSet.v1.apps' 'redis-cache'
  'database-initialization' 'Job.v1.batch' 'postgresql-init'
  'services' 'Service.v1.' 'count-write-service'
  'services' 'PodDisruptionBudget.v1.policy' 'count-write-service'
  'services' 'Service.v1.' 'count-read-service'
  'services' 'PodDisruptionBudget.v1.policy' 'count-read-service'
  'services' 'Service.v1.' 'count-management-service'
  'services' 'PodDisruptionBudget.v1.policy' 'count-management-service'
  'services' 'Service.v1.' 'count-analysis-service'
  'services' 'PodDisruptionBudget.v1.policy' 'count-analysis-service'
  'services' 'Service.v1.' 'dashboard-provision-service'
  'services' 'PodDisruptionBudget.v1.policy' 'dashboard-provision-service'
  'services' 'Service.v1.' 'dashboard-update-service'
  'services' 'Deployment.v1.apps' 'count-write-service'
  'services' 'Deployment.v1.apps' 'count-read-service'
  'services' 'Deployment.v1.apps' 'count-management-service'
  'services' 'Deployment.v1.apps' 'count-analysis-service'
  'services' 'Deployment.v1.apps' 'dashboard-provision-service'
  'services' 'Deployment.v1.apps' 'dashboard-update-service'
  'ingress' 'Ingress.v1.networking.k8s.io' 'count-system-ingress'
)
# a row: phase, kind, name, ready_within
workloads=(
  'infrastructure' 'Deployment' 'zookeeper' '195'
  'infrastructure' 'Deployment' 'kafka' '315'
  'infrastructure' 'StatefulSet' 'postgresql' '315'
  'infrastructure' 'StatefulSet' 'redis-value' '315'
  'infrastructure' 'StatefulSet' 'redis-replica' '315'
  'infrastructure' 'StatefulSet' 'redis-cache' '315'
  'database-initialization' 'Job' 'postgresql-init' '0'
  'services' 'Deployment' 'count-write-service' '205'
  'services' 'Deployment' 'count-read-service' '85'
  'services' 'Deployment' 'count-management-service' '85'
  'services' 'Deployment' 'count-analysis-service' '85'
  'services' 'Deployment' 'dashboard-provision-service' '85'
  'services' 'Deployment' 'dashboard-update-service' '85'
)
# a row: job, claim
job_claims=(
  'postgresql-init' 'postgresql-data-postgresql-0'
)
# a row: phase, name, object
secrets=(
  'configuration' 'postgresql-secret' '{"apiVersion":"v1","kind":"Secret","metadata":{"labels":{"app.kubernetes.io/managed-by":"cdk8s","app.kubernetes.io/part-of":"count-system","environment":"production"},"name":"postgresql-secret","namespace":"count-system"},"type":"Opaque"}'
  'configuration' 'countinfo-secret' '{"apiVersion":"v1","kind":"Secret","metadata":{"labels":{"app.kubernetes.io/managed-by":"cdk8s","app.kubernetes.io/part-of":"count-system","environment":"production"},"name":"countinfo-secret","namespace":"count-system"},"type":"Opaque"}'
  'configuration' 'dashboardconfig-secret' '{"apiVersion":"v1","kind":"Secret","metadata":{"labels":{"app.kubernetes.io/managed-by":"cdk8s","app.kubernetes.io/part-of":"count-system","environment":"production"},"name":"dashboardconfig-secret","namespace":"count-system"},"type":"Opaque"}'
)
# a row: secret, key, variable, default
secret_keys=(
  'postgresql-secret' 'username' 'POSTGRESQL_USERNAME' 'countuser'
  'postgresql-secret' 'password' 'POSTGRESQL_PASSWORD' ''
  'countinfo-secret' 'username' 'COUNTINFO_USERNAME' 'countinfo'
  'countinfo-secret' 'password' 'COUNTINFO_PASSWORD' ''
  'dashboardconfig-secret' 'username' 'DASHBOARDCONFIG_USERNAME' 'dashboardconfig'
  'dashboardconfig-secret' 'password' 'DASHBOARDCONFIG_PASSWORD' ''
)
# a row: secret, kind, name
secret_readers=(
  'postgresql-secret' 'StatefulSet' 'postgresql'
  'postgresql-secret' 'Job' 'postgresql-init'
  'countinfo-secret' 'Job' 'postgresql-init'
  'countinfo-secret' 'Deployment' 'count-write-service'
  'countinfo-secret' 'Deployment' 'count-read-service'
  'countinfo-secret' 'Deployment' 'count-management-service'
  'dashboardconfig-secret' 'Job' 'postgresql-init'
  'dashboardconfig-secret' 'Deployment' 'dashboard-provision-service'
)
# a row: secret, claim
secret_claims=(
  'postgresql-secret' 'postgresql-data-postgresql-0'
)
# a row: phase, address
addresses=(
  'ingress' 'http://count-system.local/'
  'ingress' 'http://read.count-system.local/'
)
place_template='{{define `one` -}}
{{if eq .kind `Namespace` -}}
Namespace|{{with .metadata.labels}}{{or .environment ``}}{{end}}|{{or .metadata.deletionTimestamp ``}}
{{else if eq .kind `Lease` -}}
Lease|{{.metadata.resourceVersion}}|{{or .spec.holderIdentity ``}}|{{or .spec.acquireTime .metadata.creationTimestamp}}|{{or .spec.renewTime .metadata.creationTimestamp}}
{{else -}}
Inventory|{{.data.version}}|{{.data.hash}}
{{.data.objects}}
{{end}}{{end -}}
{{if .items}}{{range .items}}{{template `one` .}}{{end}}{{else}}{{template `one` .}}{{end -}}
'
objects_template='{{define `one` -}}
{{$separator := `` -}}
{{.kind}}/{{.metadata.name}}|
{{- range $number, $fields := .metadata.managedFields}}{{if and (eq $fields.manager `kubectl-client-side-apply`) (not $fields.subresource)}}{{$separator}}{{$number}}{{$separator = ` `}}{{end}}{{end}}|
{{- range .metadata.managedFields}}{{if and (eq .manager `cdk8s-backend`) (eq .operation `Apply`)}}own{{end}}{{end}}
{{- printf ` %#v %#v` .metadata.labels .metadata.annotations}}
{{- range $name, $value := .}}{{if not (or (eq $name `metadata`) (eq $name `status`) (eq $name `apiVersion`))}}{{printf ` %s=%#v` $name $value}}{{end}}{{end}}
{{end -}}
{{if .items}}{{range .items}}{{template `one` .}}{{end}}{{else}}{{template `one` .}}{{end -}}
'
status_template='{{- range .items -}}
{{- $name := .metadata.name -}}
{{- if eq .kind `Deployment` -}}
Deployment|{{$name}}|{{.metadata.generation}}|{{or .status.observedGeneration 0}}|{{.spec.replicas}}|{{or .status.updatedReplicas 0}}|{{or .status.availableReplicas 0}}|{{or .status.replicas 0}}|{{with .metadata.annotations}}{{or (index . `deployment.kubernetes.io/revision`) `0`}}{{else}}0{{end}}
{{range .status.conditions}}{{if or (eq .reason `ProgressDeadlineExceeded`) (and (eq .type `ReplicaFailure`) (eq .status `True`)) -}}
Stalled|Deployment|{{$name}}|{{.reason}}|{{printf `%q` (or .message ``)}}
{{end}}{{end -}}
{{else if eq .kind `StatefulSet` -}}
StatefulSet|{{$name}}|{{.metadata.generation}}|{{or .status.observedGeneration 0}}|{{.spec.replicas}}|{{or .status.updatedReplicas 0}}|{{or .status.readyReplicas 0}}|{{or .status.currentRevision `none`}}|{{or .status.updateRevision `none`}}
Makes|StatefulSet/{{$name}}|{{.metadata.uid}}
{{else if eq .kind `Job` -}}
Job|{{$name}}|{{range .status.conditions}}{{if eq .status `True`}}{{.type}},{{end}}{{end}}|{{.metadata.creationTimestamp}}
Makes|Job/{{$name}}|{{.metadata.uid}}
{{else if eq .kind `ReplicaSet` -}}
ReplicaSet|{{$name}}|{{range .metadata.ownerReferences}}{{.name}}{{end}}|{{with .metadata.annotations}}{{or (index . `deployment.kubernetes.io/revision`) `0`}}{{else}}0{{end}}
{{else if eq .kind `PersistentVolumeClaim` -}}
Claim|{{$name}}|{{.status.phase}}|{{.metadata.creationTimestamp}}
{{else if eq .kind `Event` -}}
{{$reason := or .reason `` -}}
{{if or (eq $reason `FailedCreate`) (eq $reason `FailedMount`) (eq $reason `FailedAttachVolume`) (eq $reason `Pulling`) (eq $reason `Pulled`) -}}
Event|{{.involvedObject.uid}}|{{.metadata.resourceVersion}}|{{$reason}}|{{printf `%q` (or .message ``)}}
{{end -}}
{{else if eq .kind `Pod` -}}
Pod|{{$name}}|{{range .metadata.ownerReferences}}{{.kind}}|{{.name}}{{else}}none|none{{end}}|{{with .metadata.labels}}{{or (index . `controller-revision-hash`) `none`}}{{else}}none{{end}}|{{range .status.conditions}}{{if eq .type `Ready`}}{{.status}}{{end}}{{end}}|{{or .metadata.deletionTimestamp ``}}|{{.status.phase}}|{{.metadata.creationTimestamp}}
{{range .spec.volumes}}{{with .persistentVolumeClaim -}}
Uses|{{$name}}|{{.claimName}}
{{end}}{{end -}}
{{$begun := ne .status.phase `Pending`}}{{range .status.conditions}}{{if and (eq .type `PodReadyToStartContainers`) (eq .status `True`)}}{{$begun = true}}{{end}}{{end -}}
{{if and .spec.nodeName (not $begun) -}}
Begins|{{$name}}|{{.metadata.uid}}
{{end -}}
{{$placed := .spec.nodeName}}{{range .status.conditions}}{{if eq .type `PodScheduled`}}{{$placed = .type}}{{if eq .status `False` -}}
State|{{$name}}|-|{{or .reason `Unscheduled`}}|0|{{printf `%q` (or .message ``)}}
{{end}}{{end}}{{end -}}
{{if not $placed}}{{$claims := ``}}{{$separator := `` -}}
{{range .spec.volumes}}{{with .persistentVolumeClaim}}{{$claim := .claimName}}{{range $.items -}}
{{if and (eq .kind `PersistentVolumeClaim`) (eq .metadata.name $claim) (ne .status.phase `Bound`) -}}
{{$claims = printf `%s%s%s/%s: %s` $claims $separator .kind $claim .status.phase}}{{$separator = `, ` -}}
{{end}}{{end}}{{end}}{{end -}}
State|{{$name}}|-|Unscheduled|0|{{printf `%q` $claims}}
{{end -}}
{{range $container := .status.initContainerStatuses -}}
{{with .state.waiting}}{{if not (or (eq (or .reason ``) `ContainerCreating`) (eq (or .reason ``) `PodInitializing`)) -}}
State|{{$name}}|{{$container.name}}|{{or .reason `Waiting`}}|{{$container.restartCount}}|{{printf `%q` (or .message ``)}}
{{end}}{{end -}}
{{with .state.terminated}}{{if .exitCode -}}
State|{{$name}}|{{$container.name}}|{{or .reason `Error`}}|{{$container.restartCount}}|{{printf `%q` (printf `exit code %v %v` .exitCode (or .message ``))}}
{{end}}{{end -}}
{{if and .state.running .restartCount (not .ready) -}}
State|{{$name}}|{{$container.name}}|Running|{{$container.restartCount}}|{{printf `%q` ``}}
{{end -}}
{{with .lastState.terminated -}}
Last|{{$name}}|{{$container.name}}|{{or .reason `Error`}}|{{$container.restartCount}}|{{printf `%q` (printf `exit code %v %v` .exitCode (or .message ``))}}
{{end -}}
{{end -}}
{{range $container := .status.containerStatuses -}}
{{with .state.waiting}}{{if not (or (eq (or .reason ``) `ContainerCreating`) (eq (or .reason ``) `PodInitializing`)) -}}
State|{{$name}}|{{$container.name}}|{{or .reason `Waiting`}}|{{$container.restartCount}}|{{printf `%q` (or .message ``)}}
{{end}}{{end -}}
{{with .state.terminated}}{{if .exitCode -}}
State|{{$name}}|{{$container.name}}|{{or .reason `Error`}}|{{$container.restartCount}}|{{printf `%q` (printf `exit code %v %v` .exitCode (or .message ``))}}
{{end}}{{end -}}
{{if and .state.running .restartCount (not .ready) -}}
State|{{$name}}|{{$container.name}}|Running|{{$container.restartCount}}|{{printf `%q` ``}}
{{end -}}
{{with .lastState.terminated -}}
Last|{{$name}}|{{$container.name}}|{{or .reason `Error`}}|{{$container.restartCount}}|{{printf `%q` (printf `exit code %v %v` .exitCode (or .message ``))}}
{{end -}}
{{end -}}
{{end -}}
{{- end -}}
'
changes_template='{{$workload := printf `%s/%s` .kind .metadata.name -}}
{{$generation := .metadata.generation}}{{$wanted := .spec.replicas}}{{$ready := false -}}
{{with .status}}{{if and .observedGeneration .updatedReplicas .availableReplicas -}}
{{$ready = and (eq .observedGeneration $generation) (eq .updatedReplicas $wanted) (eq .availableReplicas $wanted) (eq .replicas $wanted) -}}
{{end}}{{if $wanted -}}
{{$workload}}{{if not $ready}} waits{{end}}
{{end -}}
{{range .conditions}}{{if eq .status `True`}}{{if eq .type `Complete` -}}
{{$workload}}
{{else if eq .type `Failed` -}}
Failed
{{end}}{{end}}{{end}}{{end -}}
'
external_secrets_template='{{- range .items}}{{if eq .kind `ExternalSecret` -}}
{{- $template := .spec.target.template -}}
{{- $secret := or .spec.target.name .metadata.name -}}
{{- $data := `` -}}
{{- range $.items}}{{if and (eq .kind `Secret`) (eq .metadata.name $secret)}}{{$data = .data}}{{end}}{{end -}}
{{- $copies := or (eq (or $template.mergePolicy ``) `Merge`) (not (or $template.data $template.templateFrom)) -}}
ExternalSecret|{{.metadata.name}}|
{{- if $copies}}{{range .spec.data}}{{if not (and $data (index $data .secretKey))}}{{.secretKey}} {{end}}{{end}}{{end -}}
{{- range $key, $text := $template.data}}{{if not (and $data (index $data $key))}}{{$key}} {{end}}{{end -}}
{{- if not (or (and $copies .spec.data) $template.data) -}}
{{- $none := `* `}}{{if $data}}{{range $data}}{{if .}}{{$none = ``}}{{end}}{{end}}{{end}}{{$none -}}
{{- end -}}
|{{$secret}}|{{range .status.conditions}}{{if eq .type `Ready`}}{{.status}}|{{.reason}}|{{printf `%q` (or .message ``)}}{{end}}{{end}}
{{end}}{{end -}}
'
secrets_template='{{define `one` -}}
Secret|{{.metadata.name}}|{{range .metadata.managedFields}}{{if index .fieldsV1 `f:data`}}{{.time}} {{end}}{{end}}|{{with .metadata.annotations}}{{if index . `kubectl.kubernetes.io/last-applied-configuration`}}applied{{end}}{{end}}
{{range $key, $value := .data}}{{$key}} {{$value}}
{{end}}{{end -}}
{{if .items}}{{range .items}}{{template `one` .}}{{end}}{{else}}{{template `one` .}}{{end -}}
'
events_template='{{range .items}}{{.involvedObject.name}}|{{.reason}}|{{printf `%q` .message}}
{{end -}}
'
# a row: name, value, choices, argument_ko, argument_en, help_ko, help_en
options=(
  'context' 'text' '' '이름' 'NAME' 'kubeconfig의 컨텍스트. 생략하면 현재 컨텍스트' 'Context of the kubeconfig. Default is the current one'
  'timeout' 'number' '' '초' 'SECONDS' '전체 실행의 제한 시간. 기본값 900' 'Time limit of the whole run. Default 900'
  'schedule-grace' 'number' '' '초' 'SECONDS' '노드에 배치되지 못한 Pod를 기다리는 시간. 기본값 120' 'How long a pod may stay without a node. Default 120'
  'only' 'choice' 'namespace configuration storage infrastructure database-initialization services ingress' '단계' 'PHASE' '이 단계만 배포 (여러 번 지정 가능)' 'Deploy this step alone (may be given several times)'
  'dry-run' '' '' '' '' '서버에서 검사하고 무엇이 바뀔지 보여 줄 뿐, 아무것도 쓰지 않음' 'Check on the server and show what would change; write nothing'
  'diff' '' '' '' '' '--dry-run처럼 검사하고 차이도 보여 줌 (diff 프로그램 필요)' 'As --dry-run, and show the differences (needs the program diff)'
  'status' '' '' '' '' '무엇이 배포되어 있고 준비되지 않은 것과 다른 것이 무엇인지 보여 줌. 준비되지 않은 것이 있거나 배포되어 있지 않으면 1로 종료' 'Show what is deployed, what is not ready and why, and what differs; ends with 1 if something is not ready or nothing is deployed'
  'prune' '' '' '' '' '이전에 배포했지만 이제 폴더에 없는 객체를 삭제 (데이터, Secret, 네임스페이스는 제외)' 'Delete what was deployed before and is no longer in the folder (never data, Secrets, the namespace)'
  'rotate' 'choice' 'postgresql-secret countinfo-secret dashboardconfig-secret' '이름' 'NAME' '이 Secret의 비밀번호를 환경 변수의 값이나 새 값으로 교체하고, 읽는 것을 다시 시작 (여러 번 지정 가능)' 'Replace this Secret'\''s passwords, by the variables'\'' values or new ones, and restart its readers (may be given several times)'
  'environment' 'text' '' '이름' 'NAME' '네임스페이스가 다른 환경의 것이어도 진행. 이름은 이 폴더의 환경' 'Go on although the namespace belongs to another environment. NAME is this folder'\''s environment'
  'force-conflicts' '' '' '' '' '다른 사람이나 프로그램이 바꾼 필드도 덮어씀' 'Overwrite fields that others have changed'
  'force-unlock' '' '' '' '' '다른 실행의 잠금을 빼앗음. 그 실행은 멈춤' 'Take the lock from another run, which then stops'
  'rollback-on-failure' '' '' '' '' '실패하면 이 실행이 바꾼 것을 이전 상태로 되돌림' 'On failure put back what this run changed'
  'json' '' '' '' '' '메시지를 한 줄에 하나씩 JSON으로 출력' 'Print each message as one line of JSON'
  'yes' '' '' '' '' '묻지 않고 진행. 터미널이 없으면 --context 또는 --yes가 필요' 'Do not ask. Without a terminal, --context or --yes is needed'
  'lang' 'choice' 'ko en' 'ko|en' 'ko|en' '메시지 언어. 생략하면 로캘에 따름' 'Language of the messages. Default follows the locale'
  'with-ingress' '' '' '' '' ''\''Ingress 배포'\'' 단계도 배포' 'Also deploy the step '\''Ingress'\'''
  'help' '' '' '' '' '이 도움말' 'This text'
)
# a row: key, arguments, ko, en
messages=(
  'help_usage' 'script' '사용법: %s [옵션]' 'Usage: %s [options]'
  'help_options' '' '옵션 (--옵션=값 형식도 가능):' 'Options (--option=value works too):'
  'see_help' '' '옵션 목록은 --help로 볼 수 있습니다.' '--help lists the options.'
  'option_needs_value' 'option' '오류: %s 옵션에 값이 필요합니다.' 'Error: option %s needs a value.'
  'option_takes_no_value' 'option' '오류: %s 옵션은 값을 받지 않습니다.' 'Error: option %s takes no value.'
  'option_unknown' 'option' '오류: 알 수 없는 옵션 %s' 'Error: unknown option %s'
  'argument_unknown' 'argument' '오류: 알 수 없는 인수 %s' 'Error: unknown argument %s'
  'choice_wrong' 'option value choices' '오류: %s %s: 다음 중 하나여야 합니다: %s' 'Error: %s %s: it must be one of %s'
  'number_wrong' 'option value' '오류: %s %s: 1 이상의 정수여야 합니다.' 'Error: %s %s: it must be a whole number from 1.'
  'interrupted' '' '중단되었습니다.' 'Interrupted.'
  'help_exit_codes' '' '종료 코드: 0 완료, 1 실패, 2 잘못된 사용, 70 시간 초과, 130 중단' 'Exit codes: 0 done, 1 failed, 2 wrong usage, 70 timed out, 130 interrupted'
  'kubectl_missing' 'version' '오류: kubectl을 찾을 수 없습니다. kubectl %s 이상을 설치하세요.' 'Error: kubectl is not found. Install kubectl %s or later.'
  'kubectl_unknown' 'found version' '오류: kubectl의 버전(%s)을 알 수 없습니다. %s 이상이 필요합니다.' 'Error: kubectl'\''s version (%s) is not known. %s or later is needed.'
  'kubectl_old' 'found version' '오류: kubectl %s은(는) 너무 오래되었습니다. %s 이상이 필요합니다.' 'Error: kubectl %s is too old. %s or later is needed.'
  'context_none' '' '오류: kubeconfig에 현재 컨텍스트가 없습니다. --context 이름으로 지정하세요.' 'Error: the kubeconfig has no current context. Give one with --context NAME.'
  'context_absent' 'context contexts' '오류: kubeconfig에 컨텍스트 %s이(가) 없습니다. 있는 것: %s' 'Error: the kubeconfig has no context %s. It has: %s'
  'context_or_yes' '' '오류: 터미널이 아닌 곳에서는 --context 이름 또는 --yes가 필요합니다.' 'Error: without a terminal, --context NAME or --yes is needed.'
  'cancelled' '' '취소되었습니다. 변경된 것은 없습니다.' 'Cancelled. Nothing was changed.'
  'api_away' 'context reason' '오류: 컨텍스트 %s의 API 서버가 응답하지 않습니다: %s' 'Error: the API server of context %s does not answer: %s'
  'outage' 'reason' 'API 서버가 응답하지 않아 다시 시도합니다: %s' 'the API server does not answer, trying again: %s'
  'kubectl' 'line' '    %s' '    %s'
  'lock_held' 'holder since age left' '오류: 다른 실행이 진행 중입니다: %s, 시작 %s, %s초 전에 갱신.
  끝나기를 기다리거나, 그 실행이 죽었다면 %s초 뒤에 다시 실행하세요. --force-unlock은 잠금을 빼앗고 그 실행을 멈춥니다.' 'Error: another run is under way: %s, since %s, last seen %s s ago.
  Wait for it. If it is dead, its lock ends in %s s. --force-unlock takes the lock, and the other run stops.'
  'lock_taken' 'holder' '%s의 잠금을 넘겨받았습니다.' 'The lock of %s was taken over.'
  'lock_lost' '' '오류: 다른 실행이 잠금을 가져갔으므로 멈춥니다. 지금까지 적용한 것은 그대로 남아 있습니다.' 'Error: another run has taken the lock, so this one stops. What it has applied stays.'
  'lock_failed' '' '오류: 잠금(Lease)을 쓰지 못했습니다.' 'Error: the lock (a Lease) could not be written.'
  'environment_wrong' 'given environment' '오류: --environment %s: 이 폴더의 환경은 %s입니다.' 'Error: --environment %s: this folder'\''s environment is %s.'
  'environment_differs' 'namespace live environment environment_again' '오류: 네임스페이스 %s의 환경은 %s이고, 이 폴더의 환경은 %s입니다. 아무것도 쓰지 않았습니다.
  정말 바꾸려면 --environment %s을(를) 지정하세요.' 'Error: the namespace %s belongs to the environment %s, and this folder to %s. Nothing was written.
  If it is meant to change, say --environment %s.'
  'leaving' 'objects seconds' '  삭제 중: %s [%s초]' '  on the way out: %s [%s s]'
  'namespace_leaving' 'namespace' '오류: 네임스페이스 %s이(가) 삭제되는 중입니다. 삭제가 끝난 뒤 다시 실행하세요.' 'Error: the namespace %s is being deleted. Run again when it is gone.'
  'target' 'context namespace environment' '컨텍스트 %s, 네임스페이스 %s, 환경 %s' 'Context %s, namespace %s, environment %s'
  'timed_out' 'seconds' '오류: 제한 시간 %s초를 넘었습니다.' 'Error: the time limit of %s s is over.'
  'read_failed' 'what' '오류: 클러스터에서 %s을(를) 읽지 못했습니다.' 'Error: reading %s from the cluster failed.'
  'write_failed' 'object' '오류: %s을(를) 쓰지 못했습니다.' 'Error: writing %s failed.'
  'delete_failed' 'object' '오류: %s 삭제에 실패했습니다.' 'Error: deleting %s failed.'
  'help_summary' 'title namespace environment' '%s을(를) 네임스페이스 %s에 배포합니다 (환경 %s).' 'Deploys %s to the namespace %s (environment %s).'
  'help_variables' '' '환경 변수 (Secret의 값. 없으면 클러스터의 값을 유지하고, 거기에도 없으면 새로 만듭니다):' 'Environment variables (values of Secrets; without one the cluster'\''s value stays, or a new one is made):'
  'output' 'line' '%s' '%s'
  'help_phases' '' '단계 (--only의 값):' 'Steps (values of --only):'
  'namespace_new' 'namespace' '네임스페이스 %s이(가) 아직 없습니다. 나머지는 그 안에서만 검사할 수 있으므로, 배포할 때 첫 단계 뒤에 검사합니다.' 'The namespace %s is not there yet. The rest can be checked only in it: a deployment does so after its first step.'
  'namespace_missing' 'namespace' '오류: 네임스페이스 %s이(가) 없고, 이 실행의 단계는 그것을 만들지 않습니다.' 'Error: the namespace %s is not there, and the steps of this run do not make it.'
  'not_deployed' 'namespace' '배포되어 있지 않음: 네임스페이스 %s이(가) 없습니다.' 'Not deployed: there is no namespace %s.'
  'object_conflict' 'object' '오류: %s: 다른 사람이나 프로그램이 바꾼 필드가 있습니다. 덮어쓰려면 --force-conflicts를 지정하세요.' 'Error: %s: others have changed fields of it. --force-conflicts overwrites them.'
  'object_immutable' 'object' '오류: %s: 만든 뒤에는 바꿀 수 없는 필드가 바뀌었습니다.' 'Error: %s: a field that cannot change once it is made has changed.'
  'object_refused' 'object' '오류: %s: API 서버가 받아들이지 않습니다.' 'Error: %s: the API server refuses it.'
  'immutable_set' 'context namespace name' '  Pod와 데이터를 남긴 채 다시 만들려면: kubectl --context %s --namespace %s delete statefulset %s --cascade=orphan, 그리고 다시 배포. 클레임의 크기는 스토리지 클래스가 허용하면 PersistentVolumeClaim에서 바꿉니다.' '  To make it anew and keep pods and data: kubectl --context %s --namespace %s delete statefulset %s --cascade=orphan, then deploy again. A claim'\''s size is changed in the PersistentVolumeClaim, where its class allows it.'
  'immutable_claim' 'name' '  데이터가 들어 있습니다. 파일의 값을 되돌리거나, 데이터를 백업하고 PersistentVolumeClaim %s을(를) 지운 뒤 복원하세요.' '  It holds data. Put the file'\''s value back, or back up the data, delete the PersistentVolumeClaim %s and restore.'
  'immutable_other' 'context namespace object' '  다시 만들려면 (그동안 쓸 수 없음): kubectl --context %s --namespace %s delete %s, 그리고 다시 배포.' '  To make it anew (it is away meanwhile): kubectl --context %s --namespace %s delete %s, then deploy again.'
  'preflight_failed' 'count' '문제가 있는 객체 %s개. 이 검사 전까지 아무것도 적용하지 않았습니다.' 'Objects with a problem: %s. Nothing was applied.'
  'would_create' 'object' '  생성: %s' '  would create %s'
  'would_change' 'object' '  변경: %s' '  would change %s'
  'previewed' 'count' '생성하거나 변경할 객체: %s개. 아무것도 쓰지 않았습니다.' 'Objects to create or change: %s. Nothing was written.'
  'diff_failed' '' '오류: 차이를 보여 주지 못했습니다. diff 프로그램이 필요합니다.' 'Error: the differences could not be shown. The program diff is needed.'
  'taken_over' 'object' '%s: kubectl apply로 만든 것을 넘겨받습니다.' '%s: taking over what kubectl apply has made.'
  'undone' 'object' '%s: kubectl rollout undo로 되돌린 필드를 이 폴더의 것으로 바꿉니다.' '%s: what kubectl rollout undo has put back becomes this folder'\''s again.'
  'copy_removed' 'secret' 'Secret %s: 값이 복사되어 있던 어노테이션을 지웁니다.' 'Secret %s: removing the annotation that holds a copy of its values.'
  'secret_write' 'secret keys' 'Secret %s: 키를 씁니다: %s' 'Secret %s: writing the keys %s'
  'rotate_left_out' 'secret phase option' '오류: --rotate가 바꿀 Secret %s의 단계 %s이(가) 이 실행에 없습니다. %s도 지정하세요.' 'Error: --rotate would change the Secret %s, whose step %s is left out of this run. Give %s too.'
  'secret_rotate_bound' 'secret claims context namespace' '오류: Secret %s: 이 비밀번호는 데이터(%s) 안에도 있어 Secret만 바꿀 수 없습니다.
  (1) 데이터베이스에서 비밀번호를 바꾸고, (2) kubectl --context %s --namespace %s edit secret으로 같은 값을 넣은 뒤, (3) 다시 배포하세요. 읽는 것은 배포가 다시 시작합니다.' 'Error: Secret %s: its passwords are also in the data (%s), so that the Secret alone cannot be changed.
  (1) Change the password in the database, (2) put the same value into the Secret (kubectl --context %s --namespace %s edit secret), (3) deploy again, which restarts the readers.'
  'job_claim_changed' 'job' 'Job/%s: 데이터베이스의 PersistentVolumeClaim이 새것이므로 삭제하고 다시 실행합니다.' 'Job/%s: its database'\''s claim is a new one; deleting it and running it again.'
  'freeing' 'pod reason' '  Pod/%s 삭제: 이전 버전(%s)이 새 버전을 막고 있습니다.' '  Pod/%s: deleting it; of an older revision (%s), it keeps the new one from starting.'
  'workload_failed' 'workload pod reason message' '오류: %s이(가) 준비될 수 없습니다. Pod/%s: %s %s' 'Error: %s cannot become ready. Pod/%s: %s %s'
  'workload_stalled' 'workload reason message' '오류: %s이(가) 준비될 수 없습니다: %s %s' 'Error: %s cannot become ready: %s %s'
  'never_ready' 'workload pod' '오류: %s: Pod/%s이(가) 실행 중이지만 준비되지 않으며, 프로브의 시간이 지났습니다.' 'Error: %s: Pod/%s runs but does not become ready, and the time of its probes is over.'
  'pod_before' 'pod container reason message' '    Pod/%s: 컨테이너 %s의 이전 실행: %s %s' '    Pod/%s: container %s ended before: %s %s'
  'log_line' 'line' '      %s' '      %s'
  'look_further' '' '더 살펴보거나 되돌리려면:' 'To look further, or to undo:'
  'command' 'line' '  %s' '  %s'
  'rolling_back' '' '실패했으므로 이 실행이 바꾼 것을 되돌립니다.' 'Putting back what this run has changed, because it failed.'
  'rolled_back' '' '되돌렸습니다. 데이터, Secret, 네임스페이스, Job은 그대로입니다.' 'Put back. Data, Secrets, namespace and Jobs are as they were left.'
  'rollback_failed' '' '오류: 되돌리지 못했습니다.' 'Error: it could not be put back.'
  'changed' 'objects' '바뀐 것: %s' 'changed: %s'
  'unchanged' '' '바뀐 것 없음' 'nothing changed'
  'times' 'phases' '걸린 시간(초): %s' 'seconds: %s'
  'address' 'address' '주소: %s' 'address: %s'
  'orphans' 'objects' '이전에 배포했지만 이제 폴더에 없는 것 (--prune으로 삭제, 데이터와 Secret은 제외): %s' 'deployed before and no longer in the folder (--prune deletes them, but never data and Secrets): %s'
  'orphan_kept' 'object' '%s: 이제 폴더에 없지만 삭제하지 않습니다 (데이터, Secret, Secret을 만드는 ExternalSecret, 네임스페이스).' '%s: no longer in the folder, and kept (data, a Secret, an ExternalSecret that makes one, or the namespace).'
  'orphan_foreign' 'object' '%s: 이제 폴더에 없고, 이미 없거나 이 시스템의 라벨이 없어 삭제하지 않습니다.' '%s: no longer in the folder; not deleted, because it is gone already or lacks this system'\''s label.'
  'pruning' 'object' '%s 삭제' 'deleting %s'
  'deployed' 'version hash' '배포된 버전 %s, 해시 %s' 'deployed version %s, hash %s'
  'lock_is_held' 'holder since' '진행 중인 실행: %s, 시작 %s' 'a run is under way: %s, since %s'
  'all_ready' 'count' '모두 준비됨: %s개' 'all ready: %s'
  'differs' 'object' '폴더와 다름: %s' 'differs from the folder: %s'
  'nothing_differs' '' '폴더와 다른 것 없음' 'nothing differs from the folder'
  'started' 'title' '=== %s 배포 시작 ===' '=== Deployment of %s: start ==='
  'finished' 'title' '=== %s 배포 완료 ===' '=== Deployment of %s: done ==='
  'files_missing' 'folder files' '오류: %s 폴더에 파일이 없거나 읽을 수 없습니다: %s' 'Error: %s lacks these files, or they cannot be read: %s'
  'confirm' 'context namespace' '컨텍스트 %s의 네임스페이스 %s에 배포할까요? [y/N] ' 'Deploy to context %s, namespace %s? [y/N] '
  'phase_started' 'number total title' '[%s/%s] %s' '[%s/%s] %s'
  'apply_failed' '' '오류: 적용에 실패했습니다. 위의 kubectl 메시지를 확인하세요.' 'Error: apply failed. kubectl'\''s message above says why.'
  'secret_create' 'secret keys' 'Secret %s 생성 (키: %s)' 'Secret %s: creating it (keys: %s)'
  'secret_differs' 'secret key variable secret_again' '오류: Secret %s의 키 %s: 환경 변수 %s의 값이 클러스터의 값과 다릅니다. 기존 값은 자동으로 바뀌지 않습니다.
  기존 값을 유지하려면 이 변수 없이, 새 값으로 교체하려면 --rotate %s과(와) 함께 다시 실행하세요.' 'Error: Secret %s, key %s: the value of the variable %s differs from the cluster'\''s, which is not replaced.
  To keep the cluster'\''s value, run again without the variable; to rotate it, with --rotate %s.'
  'secret_placeholder' 'secret key placeholder' '오류: Secret %s의 키 %s: 값이 템플릿의 자리표시자 %s 그대로인데, 데이터가 들어 있을 수 있는 PersistentVolumeClaim이 이미 있습니다.
  그 데이터를 만들 때 쓴 값을 환경 변수로 지정하고, Secret을 삭제한 뒤 다시 실행하세요. 데이터가 필요 없으면 PersistentVolumeClaim을 삭제하세요.' 'Error: Secret %s, key %s: the value still is the template'\''s placeholder %s, and a claim that may hold data exists.
  Set the variables to the values that the data was made with, delete the Secret, and run again. If the data is not needed, delete the claim.'
  'secret_lost' 'secret key claims variable' '오류: Secret %s의 키 %s이(가) 클러스터에 없는데, 그 값으로 만든 데이터가 %s에 남아 있습니다.
  새 값을 만들면 데이터에 접근할 수 없으므로 중단합니다. 환경 변수 %s에 이전 값을 지정하고 다시 실행하세요.' 'Error: Secret %s, key %s: it is gone, and the data that was made with its value is still in %s.
  A new value could not open that data. Set the variable %s to the old value and run again.'
  'secrets_stop' '' 'Secret 문제로 중단합니다. 아무것도 적용하지 않았습니다.' 'Stopped because of the Secrets. Nothing was applied.'
  'job_failed_before' 'job' 'Job/%s: 이전 실행이 실패했으므로 삭제하고 다시 실행합니다.' 'Job/%s: it failed before; deleting it and running it again.'
  'job_secret_changed' 'job' 'Job/%s: 읽는 Secret이 바뀌었으므로 삭제하고 다시 실행합니다.' 'Job/%s: a Secret that it reads changed; deleting it and running it again.'
  'job_changed' 'job' 'Job/%s: 내용이 바뀌었으므로 삭제하고 다시 실행합니다.' 'Job/%s: it changed; deleting it and running it again.'
  'restart' 'workload' '%s: 읽는 Secret이 바뀌었으므로 다시 시작합니다.' '%s: restarting it because a Secret that it reads changed.'
  'restart_failed' 'workload' '오류: %s 다시 시작에 실패했습니다.' 'Error: restarting %s failed.'
  'waiting' 'ready total pending' '대기 중 (준비 %s/%s): %s' 'waiting (%s of %s ready): %s'
  'poll_failed' 'reason' '상태를 읽지 못해 다시 시도합니다: %s' 'reading the state failed, trying again: %s'
  'progress' 'state seconds' '  %s [%s초]' '  %s [%s s]'
  'phase_ready' 'total seconds' '  준비됨: %s개 [%s초]' '  ready: %s [%s s]'
  'job_failed' 'job' '오류: Job/%s이(가) 실패했습니다.' 'Error: Job/%s failed.'
  'unready' 'workload' '준비되지 않음: %s' 'Not ready: %s'
  'unready_too' 'workloads' '그 밖에 준비되지 않음: %s' 'Not ready either: %s'
  'state' 'object reason message' '    %s: %s %s' '    %s: %s %s'
  'secret_empty' 'secret' '    Secret/%s: 값이 있는 키가 없음' '    Secret/%s: no key has a value'
  'secret_lacks' 'secret keys' '    Secret/%s: 없거나 비어 있는 키 %s' '    Secret/%s: missing or empty keys %s'
  'condition' 'status reason message' '    컨디션 Ready=%s: %s %s' '    condition Ready=%s: %s %s'
  'condition_none' '' '    컨디션 Ready가 아직 없음: 이 ExternalSecret을 처리한 컨트롤러가 없습니다.' '    no condition Ready yet: no controller has seen this ExternalSecret.'
  'event' 'object reason message' '    이벤트 %s: %s %s' '    event %s: %s %s'
  'logs' 'object' '    마지막 로그 (%s):' '    last log lines (%s):'
  'logs_none' '' '(없음)' '(none)'
)

# --- Messages -------------------------------------------------------------------------------------------------------

exit_failed=1
exit_usage=2
exit_interrupted=130

language=ko
json=no
tab=$'\t'

# text KEY [ARGUMENT...]: a text of the catalog in the chosen language.
text() {
  local key=$1 column=2 row
  shift
  [[ ${language} == ko ]] || column=3
  for ((row = 0; row < ${#messages[@]}; row += 4)); do
    if [[ ${messages[row]} == "${key}" ]]; then
      # shellcheck disable=SC2059 # the texts of the catalog are formats
      printf -- "${messages[row + column]}" "$@"
      return
    fi
  done
  printf '%s' "${key}"
}

# say KEY [ARGUMENT...]: prints a text, or with --json the event of that name.
say() {
  if [[ ${json} == yes ]]; then event info "$@"; else line "$(text "$@")"; fi
}

# complain KEY [ARGUMENT...]: the same for what went wrong, on standard error.
complain() {
  if [[ ${json} == yes ]]; then
    event error "$@"
  else
    clear_moving
    line "$(text "$@")" >&2
  fi
}

# event LEVEL KEY [ARGUMENT...]: prints one line of JSON: time, name, level, text, and the arguments by their names.
event() {
  local level=$1 key=$2 row names='' name
  shift 2
  printf '{"time":"%s","event":"%s","level":"%s","text":"%s"' "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "${key}" "${level}" \
    "$(json_text "$(text "${key}" "$@")")"
  for ((row = 0; row < ${#messages[@]}; row += 4)); do
    [[ ${messages[row]} != "${key}" ]] || names=${messages[row + 1]}
  done
  for name in ${names}; do
    if [[ ${1:-} =~ ^(0|[1-9][0-9]{0,8})$ ]]; then
      printf ',"%s":%s' "${name}" "$1"
    else
      printf ',"%s":"%s"' "${name}" "$(json_text "${1:-}")"
    fi
    shift
  done
  printf '}\n'
}

# json_text TEXT: as it stands between the quotes of JSON.
json_text() {
  local value=$1
  value=${value//\\/\\\\}
  value=${value//\"/\\\"}
  value=${value//$'\n'/\\n}
  value=${value//${tab}/\\t}
  printf '%s' "${value}" | tr '\001-\037' ' '
}

moving='' # the line that is on the terminal and will be replaced

# line TEXT: prints a line, in place of the moving one.
line() {
  clear_moving
  printf '%s\n' "$1"
}

# move KEY FIRST [ARGUMENT...]: prints a text as a line that the next one replaces; only on a terminal that can. Its first argument is cut
# where the line would be wider than the terminal, which then could not replace it.
move() {
  local key=$1 first=$2 width frame
  shift 2
  measure_terminal
  frame=$(columns_of "$(text "${key}" '' "$@")")
  moving=$(text "${key}" "$(fitted "$((width - 1 - frame))" "${first}")" "$@")
  printf '\r%s\033[K' "${moving}"
}

clear_moving() {
  [[ -z ${moving} ]] || printf '\r\033[K'
  moving=''
}

# Sets width, the columns of the terminal.
measure_terminal() {
  { width=$(stty size <&4 2>/dev/null) || width=''; } 4<&1
  width=${width#* }
  ((${width:-0} > 0)) || width=80
}

# columns_of TEXT: how many columns of a terminal it takes, at most: two for each letter that UTF-8 writes in three bytes or more, as it
# does Korean ones. It counts bytes, since in some locales (C) bash knows nothing else.
columns_of() {
  local LC_ALL=C letters wide
  letters=${1//[$'\x80'-$'\xbf']/}
  wide=${letters//[!$'\xe0'-$'\xff']/}
  printf '%d' "$((${#letters} + ${#wide}))"
}

# fitted COLUMNS TEXT: as much of the text as has room, by the measure of columns_of.
fitted() {
  local LC_ALL=C left=$1 at end=0 columns
  for ((at = 0; at < ${#2}; at++)); do
    case ${2:at:1} in
    [$'\x80'-$'\xbf']) continue ;; # belongs to the letter before it
    [$'\xe0'-$'\xff']) columns=2 ;;
    *) columns=1 ;;
    esac
    ((left < 2)) || end=${at}
    left=$((left - columns))
    if ((left < 0)); then
      printf '%s…' "${2:0:end}"
      return
    fi
  done
  printf '%s' "$2"
}

can_move() {
  [[ -t 1 && ${json} == no && -z ${NO_COLOR:-} && ${TERM:-dumb} != dumb ]]
}

fail() {
  complain "$@"
  exit "${exit_failed}"
}

usage_error() {
  complain "$@"
  complain see_help
  exit "${exit_usage}"
}

# in_language KOREAN ENGLISH: one of the two.
in_language() {
  if [[ ${language} == ko ]]; then printf '%s' "$1"; else printf '%s' "$2"; fi
}

title() {
  in_language "${title_ko}" "${title_en}"
}

choose_language() {
  local locale=${LC_ALL:-${LC_MESSAGES:-${LANG:-}}} argument previous=''
  case ${locale} in
  ko* | '' | C | C.* | POSIX) language=ko ;;
  *) language=en ;;
  esac
  for argument in "$@"; do
    [[ ${previous} != --lang ]] || argument=--lang=${argument}
    case ${argument} in
    --lang=ko) language=ko ;;
    --lang=en) language=en ;;
    --json) json=yes ;;
    esac
    previous=${argument}
  done
}

# --- Options --------------------------------------------------------------------------------------------------------

given_options=() # one after another: name, value

# Reads the words of the command line by the table of options.
parse_options() {
  local name value row
  while (($# > 0)); do
    name=${1%%=*}
    [[ ${name} == --* ]] || usage_error argument_unknown "$1"
    row=$(row_of_option "${name#--}") || usage_error option_unknown "$1"
    value=''
    if [[ -n ${options[row + 1]} ]]; then
      if [[ $1 == *=* ]]; then
        value=${1#*=}
      elif (($# > 1)); then
        value=$2
        shift
      fi
      [[ -n ${value} ]] || usage_error option_needs_value "${name}"
      check_value "${name}" "${options[row + 1]}" "${options[row + 2]}" "${value}"
    elif [[ $1 == *=* ]]; then
      usage_error option_takes_no_value "${name}"
    fi
    if [[ ${name} == --help ]]; then
      help
      exit 0
    fi
    given_options+=("${name#--}" "${value}")
    shift
  done
}

row_of_option() {
  local row
  for ((row = 0; row < ${#options[@]}; row += 7)); do
    if [[ ${options[row]} == "$1" ]]; then
      printf '%d' "${row}"
      return
    fi
  done
  return 1
}

# check_value OPTION KIND CHOICES VALUE: ends the run when the option cannot have the value.
check_value() {
  local digits='^0*[1-9][0-9]{0,8}$'
  case $2 in
  number) [[ $4 =~ ${digits} ]] || usage_error number_wrong "$1" "$4" ;;
  choice) [[ " $3 " == *" $4 "* ]] || usage_error choice_wrong "$1" "$4" "$3" ;;
  *) ;;
  esac
}

# option NAME [DEFAULT]: the last value that was given, or the default; fails when the option was not given.
option() {
  local index value=${2:-} found=1
  for ((index = 0; index < ${#given_options[@]}; index += 2)); do
    if [[ ${given_options[index]} == "$1" ]]; then value=${given_options[index + 1]} found=0; fi
  done
  printf '%s' "${value}"
  return "${found}"
}

has_option() {
  option "$1" >/dev/null
}

# has_value_of NAME VALUE: whether the option was given with that value, perhaps among others.
has_value_of() {
  local index
  for ((index = 0; index < ${#given_options[@]}; index += 2)); do
    [[ ${given_options[index]} != "$1" || ${given_options[index + 1]} != "$2" ]] || return 0
  done
  return 1
}

# Prints the options of the table.
list_options() {
  local row argument
  text help_options
  printf '\n'
  for ((row = 0; row < ${#options[@]}; row += 7)); do
    argument=$(in_language "${options[row + 3]}" "${options[row + 4]}")
    printf '  --%s%s\n      %s\n' "${options[row]}" "${argument:+ ${argument}}" \
      "$(in_language "${options[row + 5]}" "${options[row + 6]}")"
  done
}

# --- Folder ---------------------------------------------------------------------------------------------------------

folder=''

# The folder of this script, also when it was called through a symbolic link.
find_folder() {
  local path=${BASH_SOURCE[0]} target
  while [[ -L ${path} ]]; do
    target=$(readlink "${path}")
    [[ ${target} == /* ]] || target=$(dirname "${path}")/${target}
    path=${target}
  done
  folder=$(CDPATH='' cd -P "$(dirname "${path}")" && pwd)
}

# --- kubectl --------------------------------------------------------------------------------------------------------

field_manager=cdk8s-backend
# The API server refuses unknown fields in a server-side apply by itself: kubectl's own check would fetch schemas each time.
apply=(apply --server-side --validate=ignore --field-manager "${field_manager}")
oldest_kubectl=27
exit_timed_out=70

# kubectl runs for a moment, of which the collection of garbage takes a fifth as Go is set.
export GOGC=${GOGC:-400}

context=''
timeout=900
deadline=0

check_kubectl() {
  local version minor
  command -v kubectl >/dev/null || fail kubectl_missing "1.${oldest_kubectl}"
  version=$(kubectl version --client --output yaml 2>/dev/null | sed -n 's/^ *gitVersion: *v//p' | head -n 1) || true
  minor=${version#*.}
  minor=${minor%%.*}
  [[ ${version} == 1.* && ${minor} =~ ^[0-9]+$ ]] || fail kubectl_unknown "${version:-?}" "1.${oldest_kubectl}"
  ((minor >= oldest_kubectl)) || fail kubectl_old "${version}" "1.${oldest_kubectl}"
}

# Decides the context once, so that a change of the current context during the run changes nothing.
choose_context() {
  context=$(option context) || context=$(kubectl config current-context 2>/dev/null) || fail context_none
}

# confirm_on_terminal QUESTION: goes on when the person at the terminal agrees; without a terminal it is wrong usage.
confirm_on_terminal() {
  local answer=''
  [[ -t 0 ]] || usage_error context_or_yes
  text "$1" "${context}" "${namespace}"
  read -r answer || true
  case ${answer} in
  y | Y | yes | Yes | YES | 예 | 네) ;;
  *) fail cancelled ;;
  esac
}

start_clock() {
  timeout=$(option timeout "${timeout}") || true
  timeout=$((10#${timeout}))
  deadline=$((SECONDS + timeout))
}

# kube ARGUMENT...: kubectl in the chosen context. It ends with the time of the run, which --request-timeout alone does not
# bring about because one call may make many requests. When the script that was started is gone, it ends too.
kube() {
  local left=$((deadline - SECONDS)) call status=0
  end_orphan
  ((left > 0)) || return "${exit_timed_out}"
  kubectl --context "${context}" --namespace "${namespace}" --request-timeout "${left}s" "$@" <&0 &
  call=$!
  end_in_time "${call}" >/dev/null 2>&1 &
  wait "${call}" 2>/dev/null || status=$?
  return "${status}"
}

# end_in_time PROCESS: waits until it has ended, and ends it at the deadline.
end_in_time() {
  while kill -0 "$1" && ((SECONDS < deadline)); do
    end_orphan
    sleep 1
  done
  # shellcheck disable=SC2046 # numbers
  ! kill -0 "$1" || kill "$1" $(started_by "$1")
}

# started_by PROCESS: what it has started, and what that has: a credential plugin of kubectl keeps the output open for which a
# substitution waits.
started_by() {
  { ps -A -o pid= -o ppid= || ps -o pid,ppid; } 2>/dev/null | awk -v first="$1" '
    { parent[$1] = $2 }
    END {
      for (process in parent) {
        above = parent[process]
        while (above in parent && above != first) above = parent[above]
        if (above == first) print process
      }
    }'
}

# captured ARGUMENT...: kube with its errors in the output, for a substitution. There the trace of `bash -x` would be taken for an
# error; and without `exec` end_in_time would keep what standard error was, for which a program that reads it would wait.
captured() {
  { set +x; } 2>/dev/null
  exec 2>&1
  kube "$@"
}

answer='' # what the last call of try_kube or send printed, errors included

# try_kube ARGUMENT...: kube with its output in `answer`. While the API server is away it is tried again, so it must be
# something that can be done twice.
try_kube() {
  send '' "$@"
}

# send TEXT ARGUMENT...: the same with a text as standard input.
send() {
  local status try=send_once
  while true; do
    status=0
    "${try}" "$@" || status=$?
    { ((status != 0)) && is_outage "${answer}" && ((SECONDS < deadline)); } || return "${status}"
    [[ $2 != diff || ${status} != 1 ]] || return "${status}" # there are differences, which may be about anything
    [[ ${try} == send_again ]] || complain outage "$(last_line "${answer}")"
    try=send_again
    rest 2
  done
}

capture=captured # what of a call send keeps in `answer`

# send_once TEXT ARGUMENT...: one try of it.
send_once() {
  local input=$1
  shift
  answer=$(printf '%s' "${input}" | "${capture}" "$@")
}

# send_again TEXT ARGUMENT...: one more try. Meanwhile another run may have taken the lock, so this one has to have it, unless the call
# is about a Lease itself, which is all that is created.
send_again() {
  [[ $2 == create || ${3:-} == lease ]] || keep_lock || return
  send_once "$@"
}

# is_outage TEXT: whether kubectl says that the API server did not answer. What it logs may be about an extension of the API, so that
# counts only where it says nothing else. What an API server says about a webhook, or about those extensions, is an answer.
is_outage() {
  local words sign
  words=$(printf '%s\n' "$1" | LC_ALL=C grep -Ev '^([EWIF][0-9]{4} |$)') || words=$1
  case ${words} in
  *' webhook "'* | *'conversion webhook for '* | *'the complete list of server APIs'*) return 1 ;;
  *) ;;
  esac
  for sign in "${outage_signs[@]}"; do
    [[ ${words} != *"${sign}"* ]] || return 0
  done
  return 1
}

last_line() {
  printf '%s\n' "$1" | sed '/^ *$/d' | tail -n 1
}

# The names in the answer, one a line; what has blanks is a warning of kubectl.
names_in_answer() {
  printf '%s\n' "${answer}" | grep -E '^[^ ]+$' || true
}

# read_cluster WHAT ARGUMENT...: `answer` is what kubectl read; ends the run when it cannot. WHAT names it for people.
read_cluster() {
  local what=$1
  shift
  try_kube "$@" && return
  call_failed read_failed "${what}"
}

# Shows what kubectl said, line by line, as it is.
show_answer() {
  local words
  while IFS= read -r words; do
    [[ -z ${words} ]] || complain kubectl "${words}"
  done < <(printf '%s\n' "${answer}")
}

# stop_or_fail KEY [ARGUMENT...]: ends the run after a failed call: with its time when that is over, else as failed.
stop_or_fail() {
  ((SECONDS < deadline)) || time_out
  fail "$@"
}

# call_failed KEY [ARGUMENT...]: the same after a call whose answer says why.
call_failed() {
  show_answer
  stop_or_fail "$@"
}

# --- Worker ---------------------------------------------------------------------------------------------------------
# bash passes over a SIGINT that comes in the instant in which a command that it waits for ends; never over a SIGTERM, and never in
# `wait`. So a process of its own does the work, in a process group of its own, which SIGTERM reaches as a whole.

worker=''    # that process, as long as it is there
is_ending=no # it is beyond interruptions

# in_worker FUNCTION: has a worker run it; ends the run where that fails.
in_worker() {
  local status=0 is_early=no
  trap 'is_early=yes' INT TERM HUP
  set -m
  work "$1" <&0 &
  worker=$!
  set +m
  on_interruption interrupted
  [[ ${is_early} == no ]] || interrupted
  wait "${worker}" || status=$?
  end_group
  worker=''
  ((status == 0)) || exit "${status}"
}

# work FUNCTION: what the worker does. It is not to be stopped for writing to the terminal.
work() {
  set +m
  trap '' TTIN TTOU
  on_interruption 'exit "${exit_interrupted}"'
  "$1"
}

# on_interruption ACTION: an action that ends the process. Where bash 5 is about to read a `$(...)` it takes the action for its content and
# does nothing without the parenthesis that ends it; elsewhere the action has ended the process before its second line is read.
on_interruption() {
  trap "$1"$'\n)' INT TERM HUP
}

# From here on the worker does what it has to do at each of its ends.
end_work() {
  trap '' INT TERM HUP
  is_ending=yes
}

# Ends the worker when the script that was started is gone.
end_orphan() {
  [[ ${is_ending} == yes ]] || kill -0 "$$" 2>/dev/null || kill 0
}

# Ends the worker, and what it has started, as far as that is there.
end_group() {
  [[ -z ${worker} ]] || kill -- "-${worker}" 2>/dev/null || true
}

# Only once: a second SIGTERM would reach what the worker calls when it gives the lock back.
interrupted() {
  trap '' INT TERM HUP
  end_group
  ! can_move || moving=' ' # that of the worker
  complain interrupted
  [[ -z ${worker} ]] || wait "${worker}" || true
  end_group
  exit "${exit_interrupted}"
}

# rest SECONDS: without a word of bash about what ended a sleep.
rest() {
  { sleep "$1"; } 2>/dev/null
}

# --- Namespace ------------------------------------------------------------------------------------------------------

inventory=cdk8s-backend-inventory

has_namespace=no    # it was there when the run began; else nothing can be in it
live_environment='' # the namespace's label `environment`
deployed_version=''
deployed_hash=''
deployed_objects='' # a line each: RESOURCE/NAME

# Reads what is there: the namespace, the lock, the inventory. It is the first call of the API.
read_place() {
  local kind first second rest
  # shellcheck disable=SC2034 # kube reads it
  local deadline=$((SECONDS + 10))
  answer=$(captured get "namespace/${namespace}" "lease/${lease}" "configmap/${inventory}" --ignore-not-found \
    --request-timeout 8s --output "go-template=${place_template}") || api_away
  has_namespace=no lease_state='' deployed_objects=''
  while IFS='|' read -r kind first second rest; do
    case ${kind} in
    Namespace)
      [[ -z ${second} ]] || fail namespace_leaving "${namespace}"
      has_namespace=yes live_environment=${first}
      ;;
    Lease) lease_state="${first}|${second}|${rest}" ;;
    Inventory) deployed_version=${first} deployed_hash=${second} ;;
    *' '*) ;; # a warning of kubectl
    */*) deployed_objects+="${kind}"$'\n' ;;
    *) ;;
    esac
  done < <(printf '%s\n' "${answer}")
}

# Says why the first call failed.
api_away() {
  case ${answer} in
  *'(Forbidden)'* | *Unauthorized* | *'must be logged in'*)
    show_answer
    fail read_failed "Namespace/${namespace}"
    ;;
  *'context was not found'* | *'context "'*'" does not exist'*)
    fail context_absent "${context}" "$(kubectl config get-contexts --output name 2>/dev/null | tr '\n' ' ')"
    ;;
  *) fail api_away "${context}" "$(last_line "${answer}")" ;;
  esac
}

# A namespace that bears another environment's name is not to be deployed to by mistake.
guard_environment() {
  local given
  given=$(option environment) || given=''
  [[ -z ${given} || ${given} == "${environment}" ]] || usage_error environment_wrong "${given}" "${environment}"
  [[ -z ${live_environment} || ${live_environment} == "${environment}" || -n ${given} ]] ||
    fail environment_differs "${namespace}" "${live_environment}" "${environment}" "${environment}"
}

# --- Lock -----------------------------------------------------------------------------------------------------------
# A Lease in the namespace. All times in it are the API server's; one without times has that of its creation.

lease=cdk8s-backend-lock
lock_seconds=60
renew_after=30

holder='' # this run, as the Lease names it, while it has the lock
renewed_at=0
lease_state='' # resourceVersion|holder|since|renewed, as read_place found it; empty without a Lease

# Takes the lock if nobody has it, if the time of who has it is over, or with --force-unlock; else ends the run.
take_lock() {
  local name version other since renewed age spec time
  name="$(id -un 2>/dev/null || printf '?')@$(uname -n) $$-${RANDOM}"
  spec="\"holderIdentity\":\"$(json_text "${name}")\",\"leaseDurationSeconds\":${lock_seconds}"
  IFS='|' read -r version other since renewed < <(printf '%s\n' "${lease_state}")
  if [[ -z ${version} ]]; then
    holder=${name} # already: a call that is interrupted may have taken it
    create_lease send "{\"name\":\"${lease}\"}" "{${spec}}" --field-manager "${field_manager}" || lock_missed "${name}"
  else
    read_server_time send || call_failed lock_failed
    if [[ -n ${other} ]] && ! has_option force-unlock; then
      age=$(($(epoch_of "${server_now}") - $(epoch_of "${renewed}")))
      ((age >= lock_seconds)) || fail lock_held "${other}" "${since}" "${age}" "$((lock_seconds - age))"
    fi
    time=$(micro_time "${server_now}")
    holder=${name}
    try_kube patch lease "${lease}" --type json --field-manager "${field_manager}" --patch "[
      {\"op\":\"test\",\"path\":\"/metadata/resourceVersion\",\"value\":\"${version}\"},
      {\"op\":\"add\",\"path\":\"/spec\",\"value\":{${spec},\"acquireTime\":\"${time}\",\"renewTime\":\"${time}\"}}]" || lock_missed "${name}"
  fi
  renewed_at=${SECONDS}
  [[ -z ${other} ]] || say lock_taken "${other}"
}

# lock_missed NAME: the Lease changed between reading and writing. Someone was faster, or an answer was lost and what was tried again
# had been done.
lock_missed() {
  local other since
  if was_refused; then
    read_place
    IFS='|' read -r _ other since _ < <(printf '%s\n' "${lease_state}")
    [[ ${other} != "$1" ]] || return 0
    holder=''
    fail lock_held "${other:-?}" "${since:-?}" 0 "${lock_seconds}"
  fi
  holder=''
  call_failed lock_failed
}

# create_lease SEND METADATA SPEC ARGUMENT...: by send or send_once.
create_lease() {
  local way=$1 document="{\"apiVersion\":\"coordination.k8s.io/v1\",\"kind\":\"Lease\",\"metadata\":$2,\"spec\":$3}"
  shift 3
  "${way}" "${document}" create --validate=ignore --filename - "$@"
}

# micro_time TIME: a time of the API server as a Lease has it.
micro_time() {
  printf '%s.000000Z' "${1%Z}"
}

server_now='' # the API server's clock: what it would write as the time of a creation

# read_server_time SEND
read_server_time() {
  create_lease "$1" '{"generateName":"clock-"}' '{}' --dry-run=server --output 'go-template={{.metadata.creationTimestamp}}' ||
    return
  server_now=$(last_line "${answer}")
}

# renew_lock [SECONDS]: says that this run still is there, unless it did so within these seconds; ends it when someone else has the lock.
renew_lock() {
  is_renewal_due "${1:-${renew_after}}" || return 0
  read_server_time send || call_failed lock_failed
  write_renewal || true
}

# The same between two tries of a call, with one try; fails where the lock could not be renewed, and `answer` says why.
keep_lock() {
  is_renewal_due "${renew_after}" || return 0
  read_server_time send_once && write_renewal
}

# is_renewal_due SECONDS
is_renewal_due() {
  [[ -n ${holder} ]] && ((SECONDS - renewed_at >= $1))
}

write_renewal() {
  local read_at=${SECONDS}
  if patch_own_lease "{\"op\":\"add\",\"path\":\"/spec/renewTime\",\"value\":\"$(micro_time "${server_now}")\"}"; then
    renewed_at=${read_at}
  elif was_refused; then
    holder=''
    fail lock_lost
  else
    return 1
  fi
}

# patch_own_lease OPERATION: fails when another holds it.
patch_own_lease() {
  answer=$(captured patch lease "${lease}" --type json --field-manager "${field_manager}" --patch "[
    {\"op\":\"test\",\"path\":\"/spec/holderIdentity\",\"value\":\"$(json_text "${holder}")\"},$1]")
}

# Whether the API server refused the last change of the Lease because of what is in it now.
was_refused() {
  [[ ${answer} == *AlreadyExists* || ${answer} == *NotFound* || ${answer} == *'request is invalid'* ]]
}

# Gives the lock back, at every end of the run; again where an interruption has ended the call.
release_lock() {
  local give_back='{"op":"remove","path":"/spec/holderIdentity"}'
  [[ -n ${holder} ]] || return 0
  deadline=$((SECONDS + 10))
  patch_own_lease "${give_back}" || patch_own_lease "${give_back}" || true
  holder=''
}

# epoch_of TIME: the seconds since 1970 of a time of the API server (2026-11-25T13:00:00Z).
epoch_of() {
  local time=$1 year month day days
  year=$((10#${time:0:4})) month=$((10#${time:5:2})) day=$((10#${time:8:2}))
  if ((month <= 2)); then year=$((year - 1)) month=$((month + 12)); fi
  days=$((365 * year + year / 4 - year / 100 + year / 400 + (153 * (month - 3) + 2) / 5 + day - 719469))
  printf '%d' "$((days * 86400 + 10#${time:11:2} * 3600 + 10#${time:14:2} * 60 + 10#${time:17:2}))"
}

# --- Facts ----------------------------------------------------------------------------------------------------------

facts=''         # lines of status_template and external_secrets_template, from the last poll that succeeded
facts_are_new=no # they hold for the next judgement: nothing was written since

# fact KIND NAME: the columns of the object, or nothing when the cluster does not have it.
fact() {
  printf '%s\n' "${facts}" | sed -n "s/^$1|$2|//p"
}

poll_resources=deployments,statefulsets,replicasets,jobs,pods,persistentvolumeclaims
may_read_events=yes

# read_facts AWAITED: asks for ExternalSecrets only where one is awaited: a cluster without the kind would refuse the call. Events, which are
# many, are asked for where only they can tell, and given up where they may not be read.
read_facts() {
  local resources=${poll_resources} template=${status_template}
  if [[ $1 == *'|ExternalSecret|'* ]]; then
    resources=${poll_resources},secrets,externalsecrets.external-secrets.io
    template=${status_template}${external_secrets_template}
  fi
  if [[ ${may_read_events} == yes ]] && is_silent; then
    try_facts "${resources},events" "${template}" && return
    [[ ${answer} == *'events is forbidden'* ]] || return
    may_read_events=no
  fi
  try_facts "${resources}" "${template}"
}

# Whether what the last judgement found has been silent for five seconds.
is_silent() {
  printf '%s\n' "${watched}" | awk -F '|' -v now="${SECONDS}" '$3 == "silent" && now - $4 >= 5 { found = 1 } END { exit !found }'
}

# try_facts RESOURCES TEMPLATE
try_facts() {
  answer=$(captured get "$1" --request-timeout 10s --output "go-template=$2") || return
  facts=${answer} facts_are_new=yes
}

# pods_of KIND/NAME: a line for each pod of the newest revision: name|Ready|time of its creation.
pods_of() {
  printf '%s\n' "${facts}" | awk -F '|' -v workload="$1" '
    $1 "/" $2 == workload { revision = $9 }
    $1 == "ReplicaSet" { set_of[$3, $4] = $2 }
    $1 == "Pod" { count++; name[count] = $2; owner[count] = $3 "/" $4; hash[count] = $5; rest[count] = $6 "|" $9 }
    END {
      split(workload, part, "/")
      for (at = 1; at <= count; at++) {
        if (part[1] == "Deployment") fits = owner[at] == "ReplicaSet/" set_of[part[2], revision]
        else fits = owner[at] == workload && (part[1] != "StatefulSet" || hash[at] == revision)
        if (fits) print name[at] "|" rest[at]
      }
    }
  '
}

# --- Removal --------------------------------------------------------------------------------------------------------

# remove CASCADE RESOURCE/NAME...: deletes what is there of them, and waits until it is gone.
remove() {
  local cascade=$1
  shift
  try_kube delete "$@" --ignore-not-found "--cascade=${cascade}" --wait=false || call_failed delete_failed "$*"
  wait_until_gone "$@"
}

wait_until_gone() {
  local began=${SECONDS} said_at=${SECONDS} left
  while true; do
    read_cluster "$*" get "$@" --ignore-not-found --output name
    left=$(names_in_answer)
    [[ -n ${left} ]] || return 0
    renew_lock
    ((SECONDS < deadline)) || time_out
    if ((SECONDS - said_at >= 10)); then
      said_at=${SECONDS}
      say leaving "${left//$'\n'/ }" "$((SECONDS - began))"
    fi
    rest 1
  done
}

# --- Inventory ------------------------------------------------------------------------------------------------------

# write_inventory OBJECTS VERSION HASH: says in the cluster what is deployed, if it does not say so already.
write_inventory() {
  [[ $1 != "${deployed_objects}" || $2 != "${deployed_version}" || $3 != "${deployed_hash}" ]] || return 0
  send "{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"${inventory}\"},\"data\":{\"objects\":\"$(json_text "${1%$'\n'}")\",\"version\":\"$(json_text "$2")\",\"hash\":\"$3\"}}" \
    "${apply[@]}" --force-conflicts --filename - || call_failed write_failed "ConfigMap/${inventory}"
  deployed_objects=$1 deployed_version=$2 deployed_hash=$3
}

# What was deployed and is no longer in the plan, phases with an option included.
orphans() {
  local row known=$'\n' object
  for ((row = 0; row < ${#objects[@]}; row += 3)); do
    known+="${objects[row + 1]}/${objects[row + 2]}"$'\n'
  done
  while IFS= read -r object; do
    [[ -z ${object} || ${known} == *$'\n'"${object}"$'\n'* ]] || printf '%s\n' "${object}"
  done < <(printf '%s' "${deployed_objects}")
}

# is_kept RESOURCE[/NAME]: whether it is deleted only when it is asked for by name: data, Secrets, the namespace.
is_kept() {
  [[ $1 == Namespace.* || $1 == PersistentVolumeClaim.* || $1 == Secret.* ]]
}

# --- Secrets --------------------------------------------------------------------------------------------------------
# Values stay in shell variables that are not exported, in base64, and leave the script through pipes only: never in an
# argument of a program, a file, a here-document (bash keeps it in a file), or the trace of `bash -x`.
# The three lists run in parallel to secret_keys, one item a row.

given=()         # what the environment gives
found=()         # what the cluster has
to_write=()      # what is to be added to the cluster
existing=' '     # names of the Secrets that the cluster has
annotated=' '    # those of which a client-side apply has left a copy in an annotation
bound=' '        # names of the Secrets whose values live in a claim that exists
new_secrets=()   # Secrets that the phase makes, as Secret/NAME
new_documents='' # their documents, with the values
secret_times=' ' # NAME=time of the last change of a Secret's data, or NAME=now when this run makes it

# untraced COMMAND [ARGUMENT...]: runs it without the trace of `bash -x`.
untraced() {
  local status
  case $- in
  *x*)
    { set +x; } 2>/dev/null
    "$@"
    status=$?
    set -x
    return "${status}"
    ;;
  *) "$@" ;;
  esac
}

encoded() {
  printf '%s' "$1" | base64 | tr -d '\n'
}

random_value() {
  local letters
  letters=$(head -c 1024 /dev/urandom | LC_ALL=C tr -dc 'A-Za-z0-9')
  printf '%s' "${letters:0:40}"
}

# Takes the values out of the environment, so that no program that this script starts inherits them.
take_given_values() {
  local row variable
  for ((row = 0; row < ${#secret_keys[@]}; row += 4)); do
    variable=${secret_keys[row + 2]}
    given[row / 4]=${!variable:-}
    export -n "${variable?}"
  done
  for ((row = 0; row < ${#secret_keys[@]}; row += 4)); do
    unset "${secret_keys[row + 2]}"
    [[ -z ${given[row / 4]} ]] || given[row / 4]=$(encoded "${given[row / 4]}")
  done
}

# Reads the live Secrets and decides, before anything is written, what each key gets.
plan_secrets() {
  local row problems=0 wanted=()
  find_bound_secrets
  for ((row = 0; row < ${#secrets[@]}; row += 3)); do
    wanted+=("secret/${secrets[row + 1]}")
  done
  for ((row = 0; row < ${#secret_keys[@]}; row += 4)); do
    found[row / 4]='' to_write[row / 4]=''
  done
  ((${#wanted[@]} > 0)) || return 0
  if [[ ${has_namespace} == yes ]]; then
    ask_for_secrets "${wanted[@]}"
    read_live_secrets
  fi
  check_rotation || problems=1
  for ((row = 0; row < ${#secret_keys[@]}; row += 4)); do
    check_key "${row}" || problems=1
  done
  ((problems == 0)) || fail secrets_stop
  for ((row = 0; row < ${#secret_keys[@]}; row += 4)); do
    ! is_written "${secret_keys[row]}" || choose_value "${row}"
  done
}

# is_written SECRET: whether its step belongs to this run; of others nothing is written.
is_written() {
  local row
  for ((row = 0; row < ${#secrets[@]}; row += 3)); do
    [[ ${secrets[row + 1]} != "$1" ]] || is_included "${secrets[row]}" || return 1
  done
}

find_bound_secrets() {
  local row
  for ((row = 0; row < ${#secret_claims[@]}; row += 2)); do
    [[ -z $(fact Claim "${secret_claims[row + 1]}") ]] || bound+="${secret_claims[row]} "
  done
}

# ask_for_secrets secret/NAME...: as read_cluster, but of a call that fails only the errors are in `answer`, and are shown: it may have
# printed Secrets before, with their values.
ask_for_secrets() {
  local capture=output_or_errors
  read_cluster Secrets get "$@" --ignore-not-found --output "go-template=${secrets_template}"
}

output_or_errors() {
  local output
  exec 2>&1
  output=$(kube "$@") || return
  printf '%s' "${output}"
}

# Takes the live values out of the answer.
read_live_secrets() {
  local first rest name='' row times
  while read -r first rest; do
    case ${first} in
    'Secret|'*)
      name=${first#Secret|} name=${name%%|*}
      existing+="${name} "
      times="${first#"Secret|${name}|"} ${rest}"
      [[ ${times} != *'|applied'* ]] || annotated+="${name} "
      secret_times+="${name}=$(newest "${times%%|*}") "
      ;;
    *)
      for ((row = 0; row < ${#secret_keys[@]}; row += 4)); do
        [[ ${secret_keys[row]} != "${name}" || ${secret_keys[row + 1]} != "${first}" ]] || found[row / 4]=${rest}
      done
      ;;
    esac
  done < <(printf '%s\n' "${answer}")
  answer=''
}

# newest TIMES: the last of some times of the API server, whose order is that of their letters.
newest() {
  printf '%s\n' "$1" | tr ' ' '\n' | LC_ALL=C sort | tail -n 1
}

# is_placeholder ROW: whether the live value is the text of the template, which someone applied as it is. What begins with a
# dollar and a brace begins with JH in base64; the rest need not be encoded.
is_placeholder() {
  [[ ${found[$1 / 4]} == JH* && ${found[$1 / 4]} == "$(encoded "\${${secret_keys[$1 + 2]}}")" ]]
}

# has_value ROW: whether the cluster has a real value.
has_value() {
  [[ -n ${found[$1 / 4]} ]] && ! is_placeholder "$1"
}

# is_rotated ROW: whether the key gets another value in this run; a default, which is no secret, only when it is given.
is_rotated() {
  local row
  [[ -z ${secret_keys[$1 + 3]} || -n ${given[$1 / 4]} ]] || return 1
  for ((row = 0; row < ${#secret_keys[@]}; row += 4)); do
    if [[ ${secret_keys[row + 2]} == "${secret_keys[$1 + 2]}" ]] && has_value_of rotate "${secret_keys[row]}"; then return 0; fi
  done
  return 1
}

# A Secret of a step that is left out cannot be rotated.
check_rotated_steps() {
  local row
  for ((row = 0; row < ${#secrets[@]}; row += 3)); do
    is_included "${secrets[row]}" || ! has_rotated_key "${secrets[row + 1]}" ||
      usage_error rotate_left_out "${secrets[row + 1]}" "${secrets[row]}" "$(option_for_phase "${secrets[row]}")"
  done
}

# has_rotated_key SECRET: whether it is to be rotated, or a key of it along with that of another Secret.
has_rotated_key() {
  local row
  ! has_value_of rotate "$1" || return 0
  for ((row = 0; row < ${#secret_keys[@]}; row += 4)); do
    if [[ ${secret_keys[row]} == "$1" ]] && is_rotated "${row}"; then return 0; fi
  done
  return 1
}

# A Secret whose value lives in data cannot be rotated by writing the Secret.
check_rotation() {
  local row name status=0
  for ((row = 0; row < ${#secrets[@]}; row += 3)); do
    name=${secrets[row + 1]}
    if has_value_of rotate "${name}" && [[ ${bound} == *" ${name} "* ]]; then
      complain secret_rotate_bound "${name}" "$(claims_of "${name}")" "${context}" "${namespace}"
      status=1
    fi
  done
  return "${status}"
}

# check_key ROW: fails when the key can neither be kept nor given a value.
check_key() {
  local row=$1
  local secret=${secret_keys[row]} key=${secret_keys[row + 1]} variable=${secret_keys[row + 2]}
  if has_value "${row}"; then
    if [[ -z ${given[row / 4]} || ${given[row / 4]} == "${found[row / 4]}" ]] || is_rotated "${row}"; then return 0; fi
    complain secret_differs "${secret}" "${key}" "${variable}" "${secret}"
  elif [[ ${bound} != *" ${secret} "* ]]; then
    return 0
  elif [[ -n ${found[row / 4]} ]]; then
    complain secret_placeholder "${secret}" "${key}" "\${${variable}}"
  elif [[ -z ${given[row / 4]} ]]; then
    complain secret_lost "${secret}" "${key}" "$(claims_of "${secret}")" "${variable}"
  else
    return 0
  fi
  return 1
}

claims_of() {
  local row names=''
  for ((row = 0; row < ${#secret_claims[@]}; row += 2)); do
    [[ ${secret_claims[row]} != "$1" ]] || names+=" ${secret_claims[row + 1]}"
  done
  printf '%s' "${names# }"
}

# choose_value ROW: what is to be written to the cluster for a key: the given value, that of another key with the same
# variable, the default, or a random one. Nothing for a key that keeps its value.
choose_value() {
  local row=$1 value other rotated=no
  local variable=${secret_keys[row + 2]} default=${secret_keys[row + 3]}
  ! is_rotated "${row}" || rotated=yes
  ! has_value "${row}" || [[ ${rotated} == yes ]] || return 0
  value=${given[row / 4]}
  for ((other = 0; other < ${#secret_keys[@]} && ${#value} == 0; other += 4)); do
    [[ ${other} != "${row}" && ${secret_keys[other + 2]} == "${variable}" ]] || continue
    if has_value "${other}" && [[ ${rotated} == no ]]; then value=${found[other / 4]}; else value=${to_write[other / 4]}; fi
  done
  [[ -n ${value} ]] || value=$(encoded "${default:-$(random_value)}")
  to_write[row / 4]=${value}
  secret_times=" ${secret_keys[row]}=now${secret_times}"
}

keys_to_write() {
  local row names=''
  for ((row = 0; row < ${#secret_keys[@]}; row += 4)); do
    [[ ${secret_keys[row]} != "$1" || -z ${to_write[row / 4]} ]] || names+=" ${secret_keys[row + 1]}"
  done
  printf '%s' "${names# }"
}

# data_to_write SECRET: the keys and values to write, as a JSON object.
data_to_write() {
  local row separator=''
  printf '{'
  for ((row = 0; row < ${#secret_keys[@]}; row += 4)); do
    [[ ${secret_keys[row]} == "$1" && -n ${to_write[row / 4]} ]] || continue
    printf '%s"%s":"%s"' "${separator}" "${secret_keys[row + 1]}" "${to_write[row / 4]}"
    separator=,
  done
  printf '}'
}

# Says which Secrets a run would write.
preview_secrets() {
  local row name keys
  for ((row = 0; row < ${#secrets[@]}; row += 3)); do
    is_included "${secrets[row]}" || continue
    name=${secrets[row + 1]}
    keys=$(keys_to_write "${name}")
    if [[ ${existing} != *" ${name} "* ]]; then
      say secret_create "${name}" "${keys}"
    elif [[ -n ${keys} ]]; then
      say secret_write "${name}" "${keys}"
    fi
  done
}

# Tries what is to be written to Secrets, each by itself; says which the API server refuses, and adds them to `problems`.
try_secrets() {
  local row name
  for ((row = 0; row < ${#secrets[@]}; row += 3)); do
    is_included "${secrets[row]}" || continue
    name=${secrets[row + 1]}
    if [[ ${existing} != *" ${name} "* ]]; then
      renew_lock
      send "$(new_document "${row}")" "${apply[@]}" --dry-run=server --filename - && continue
    elif [[ -n $(keys_to_write "${name}") ]]; then
      renew_lock
      patch_secret "${name}" --dry-run=server && continue
    else
      continue
    fi
    ((SECONDS < deadline)) || time_out
    problems=$((problems + 1))
    complain object_refused "Secret/${name}"
    show_answer
  done
}

# new_document ROW: that of a Secret that the cluster lacks.
new_document() {
  printf '%s,"data":%s}' "${secrets[$1 + 2]%\}}" "$(data_to_write "${secrets[$1 + 1]}")"
}

# patch_secret NAME [ARGUMENT...]: writes keys to a Secret that exists.
patch_secret() {
  local name=$1
  shift
  send "{\"data\":$(data_to_write "${name}")}" patch secret "${name}" --field-manager "${field_manager}" --type merge \
    --patch-file /dev/stdin "$@"
}

# write_secrets PHASE: writes keys to Secrets that exist; those that do not are for apply_files, which sends them before the files.
write_secrets() {
  local phase=$1 row name keys
  new_secrets=() new_documents=''
  for ((row = 0; row < ${#secrets[@]}; row += 3)); do
    [[ ${secrets[row]} == "${phase}" ]] || continue
    name=${secrets[row + 1]}
    keys=$(keys_to_write "${name}")
    if [[ ${existing} != *" ${name} "* ]]; then
      say secret_create "${name}" "${keys}"
      new_secrets+=("Secret/${name}")
      new_documents+=$(new_document "${row}")$'\n'
    elif [[ -n ${keys} ]]; then
      say secret_write "${name}" "${keys}"
      patch_secret "${name}" || call_failed write_failed "Secret/${name}"
      note_change "Secret/${name}"
    fi
    [[ ${annotated} != *" ${name} "* ]] || remove_copy "${name}"
  done
}

# remove_copy SECRET: removes the annotation in which a client-side apply keeps a copy of all values.
remove_copy() {
  say copy_removed "$1"
  try_kube annotate secret "$1" --field-manager "${field_manager}" kubectl.kubernetes.io/last-applied-configuration- ||
    call_failed write_failed "Secret/$1"
}

# --- Objects --------------------------------------------------------------------------------------------------------
# An object is named KIND/NAME. What the cluster has, and what it would have after an apply (by a server-side dry run), are lines
# of objects_template; where they are equal nothing is sent.

file_objects=() # KIND/NAME of each row of files, by the row's index
file_words=()   # its path as kubectl's --filename takes it, which reads a list of comma-separated values
live_lines=''
planned_lines=''
differing=' ' # objects that an apply would change or make
missing=' '   # those of them that the cluster does not have
adopted=' '   # objects that a client-side apply has made
undone=' '    # objects of which `kubectl rollout undo` has put something back
outdated=' '  # Jobs that have to run again, as Job/NAME=message
changes=' '   # what this run has changed
created=' '   # what of it was not there before
snapshots=()  # with --rollback-on-failure: what was there before, as JSON

note_change() {
  [[ ${changes} == *" $1 "* ]] || changes+="$1 "
}

# Puts into `arguments` the --filename options of rows of files.
file_arguments() {
  local row
  arguments=()
  for row in "$@"; do
    arguments+=(--filename "${file_words[row]}")
  done
}

# rows_of PHASE: the rows of files of a phase; of all phases of this run without one.
rows_of() {
  local row
  for ((row = 0; row < ${#files[@]}; row += 5)); do
    if is_included "${files[row]}" && [[ -z ${1:-} || ${files[row]} == "$1" ]]; then printf '%d ' "${row}"; fi
  done
}

# Names the objects of the files; ends the run when one of the files cannot be read.
find_files() {
  local row path lacking='' quote='"'
  for ((row = 0; row < ${#files[@]}; row += 5)); do
    path=${folder}/${files[row + 3]}
    [[ -r ${path} ]] || lacking+=" ${files[row + 3]}"
    file_objects[row]=${files[row + 1]%%.*}/${files[row + 2]}
    file_words[row]=${quote}${path//${quote}/${quote}${quote}}${quote}
  done
  [[ -z ${lacking} ]] || fail files_missing "${folder}" "${lacking# }"
}

# Compares folder and cluster, all objects at once but a namespace that this run has just made, and tries the Secrets; ends the run, with
# all problems, before anything is written.
preflight() {
  local problems=0
  untraced try_secrets
  compare
  ((problems == 0)) || stop_or_fail preflight_failed "${problems}"
}

# Compares the files, and adds to `problems`.
compare() {
  local arguments rows=() row live
  for row in $(rows_of); do
    [[ ${has_namespace} == no && ${files[row + 1]} == Namespace.* ]] || rows+=("${row}")
  done
  ((${#rows[@]} > 0)) || return 0
  read_live "${rows[@]}"
  find_adopted
  file_arguments "${rows[@]}"
  if dry_run "${arguments[@]}"; then
    planned_lines=$(object_lines)
  else
    compare_one_by_one "${rows[@]}"
  fi
  differing=" $(differing_objects | tr '\n' ' ')"
  live=" $(printf '%s\n' "${live_lines}" | sed 's/|.*//' | tr '\n' ' ')"
  for row in "${rows[@]}"; do
    [[ ${live} == *" ${file_objects[row]} "* ]] || missing+="${file_objects[row]} "
  done
}

# read_live ROW...: what the cluster has of the files. In a namespace that this run has made there is nothing.
read_live() {
  local arguments row rows=()
  for row in "$@"; do
    [[ ${has_namespace} == no && -n ${files[row + 4]} ]] || rows+=("${row}")
  done
  ((${#rows[@]} > 0)) || return 0
  file_arguments "${rows[@]}"
  read_cluster objects get "${arguments[@]}" --ignore-not-found --output "go-template=${objects_template}"
  live_lines=$(object_lines)
}

# What an apply would change. What a client-side apply has made is one of them, even if nothing but its owner is to change.
differing_objects() {
  {
    printf '%s\n' "${live_lines}" | grep -v '^[^|]*|[0-9]' || true
    printf '%s\n' "${planned_lines}"
  } | LC_ALL=C sort | uniq -u | sed 's/|.*//' | LC_ALL=C sort -u
}

# Those lines of the answer that describe an object; others are kubectl's warnings.
object_lines() {
  printf '%s\n' "${answer}" | grep '^[A-Za-z]*/[^ |]*|' || true
}

# dry_run ARGUMENT...: what an apply would make of the files, as lines of objects_template.
dry_run() {
  local force=()
  ! has_option force-conflicts || force=(--force-conflicts)
  try_kube "${apply[@]}" --dry-run=server ${force[@]+"${force[@]}"} "$@" --output "go-template=${objects_template}"
}

find_adopted() {
  adopted+=$(printf '%s\n' "${live_lines}" | sed -n 's/^\([^|]*\)|[0-9][0-9 ]*|.*/\1/p' | tr '\n' ' ')
}

# compare_one_by_one ROW...: finds which objects the API server refuses, and says why.
compare_one_by_one() {
  local row object
  planned_lines=''
  for row in "$@"; do
    renew_lock
    object=${file_objects[row]}
    if dry_run --filename "${file_words[row]}" || take_over_dry_run "${row}" "${object}"; then
      planned_lines+="${planned_lines:+$'\n'}$(object_lines)"
    elif [[ ${object} == Job/* && ${answer} == *'field is immutable'* ]]; then
      [[ ${outdated} == *" ${object}="* ]] || outdated+="${object}=job_changed "
      planned_lines+="${planned_lines:+$'\n'}${object}|"
    else
      ((SECONDS < deadline)) || time_out
      problems=$((problems + 1))
      explain_refusal "${object}"
    fi
  done
}

# take_over_dry_run ROW OBJECT: tries again where only a client-side apply, whose fields become ours, or a rollout that was undone, which
# kubectl does by its bare name, stands against it.
take_over_dry_run() {
  local owner words=${answer} is_undone=no
  while IFS= read -r owner; do
    case ${owner} in
    *'"kubectl-client-side-apply" '*) [[ ${adopted} == *" $2 "* ]] || return 1 ;;
    *'"kubectl" using apps/'*) is_undone=yes ;;
    *) return 1 ;;
    esac
  done < <(printf '%s\n' "${words}" | grep -o 'conflicts\{0,1\} with "[^"]*" [a-z]* [^ ]*' || printf 'none\n')
  dry_run --force-conflicts --filename "${file_words[$1]}" || return
  [[ ${is_undone} == no ]] || undone+="$2 "
}

explain_refusal() {
  case ${answer} in
  *'Apply failed with '*' conflict'*)
    answer=${answer%%Please review the fields*}
    complain object_conflict "$1"
    show_answer
    ;;
  *immutable* | *'updates to statefulset spec'* | *'may not change once set'* | *'can not be less than'* | *'only dynamically provisioned pvc'*)
    complain object_immutable "$1"
    show_answer
    case $1 in
    StatefulSet/*) complain immutable_set "${context}" "${namespace}" "${1#*/}" ;;
    PersistentVolumeClaim/*) complain immutable_claim "${1#*/}" ;;
    *) complain immutable_other "${context}" "${namespace}" "$1" ;;
    esac
    ;;
  *)
    complain object_refused "$1"
    show_answer
    ;;
  esac
}

# Says what a run would do.
preview() {
  local object job count=0
  preview_secrets
  for object in ${differing}; do
    count=$((count + 1))
    if [[ ${missing} == *" ${object} "* ]]; then say would_create "${object}"; else say would_change "${object}"; fi
  done
  for job in ${outdated}; do
    object=${job%%=*}
    say "${job#*=}" "${object#Job/}"
  done
  list_orphans
  say previewed "${count}"
}

# Shows the differences of what exists, as the program diff writes them.
show_differences() {
  local arguments row rows=() object status=0
  for row in $(rows_of); do
    object=${file_objects[row]}
    if [[ ${differing} == *" ${object} "* && ${missing} != *" ${object} "* && ${outdated} != *" ${object}="* ]]; then
      rows+=("${row}")
    fi
  done
  ((${#rows[@]} > 0)) || return 0
  file_arguments "${rows[@]}"
  try_kube diff --server-side --force-conflicts --field-manager "${field_manager}" "${arguments[@]}" || status=$?
  if ((status > 1)); then
    call_failed diff_failed
  fi
  while IFS= read -r row; do
    say output "${row}"
  done < <(printf '%s\n' "${answer}")
}

# apply_files PHASE: sends the new Secrets and what differs.
apply_files() {
  local row rows=() arguments=() force=() object
  for row in $(rows_of "$1"); do
    object=${file_objects[row]}
    [[ ${differing} != *" ${object} "* && ${outdated} != *" ${object}="* ]] || rows+=("${row}")
  done
  ((${#rows[@]} + ${#new_secrets[@]} > 0)) || return 0
  ! has_option rollback-on-failure || ((${#rows[@]} == 0)) || take_snapshot "${rows[@]}"
  # Before they are sent: of a call that fails, a part may have been written.
  for object in ${new_secrets[@]+"${new_secrets[@]}"}; do
    note_change "${object}"
  done
  for row in ${rows[@]+"${rows[@]}"}; do
    note_change "${file_objects[row]}"
    [[ ${outdated} == *" ${file_objects[row]}="* ]] || take_over "${row}"
    apply_undone "${row}"
  done
  file_arguments ${rows[@]+"${rows[@]}"}
  ((${#new_secrets[@]} == 0)) || arguments=(--filename - ${arguments[@]+"${arguments[@]}"})
  ! has_option force-conflicts || force=(--force-conflicts)
  facts_are_new=no
  untraced apply_documents ${force[@]+"${force[@]}"} "${arguments[@]}" || call_failed apply_failed
  while IFS= read -r row; do
    say output "  ${row}"
  done < <(printf '%s\n' "${answer}")
}

# apply_undone ROW: makes the fields ours that an undone rollout has put back.
apply_undone() {
  [[ ${undone} == *" ${file_objects[$1]} "* ]] || return 0
  say undone "${file_objects[$1]}"
  try_kube "${apply[@]}" --force-conflicts --filename "${file_words[$1]}" || call_failed apply_failed
}

# apply_documents ARGUMENT...: the new Secrets are its standard input.
apply_documents() {
  send "${new_documents}" "${apply[@]}" "$@"
}

# take_over ROW: makes the fields that a client-side apply has written ours, and removes its annotation. When a controller writes
# meanwhile, the entry may get another index.
take_over() {
  local object=${file_objects[$1]} resource=${files[$1 + 1]} name=${files[$1 + 2]} live_lines=${live_lines} tries=3
  [[ ${adopted} == *" ${object} "* ]] || return 0
  renew_lock
  say taken_over "${object}"
  until try_kube patch "${resource}" "${name}" --type json --patch "[$(take_over_operations "${object}")]"; do
    tries=$((tries - 1))
    [[ ${answer} == *'request is invalid'* && ${tries} != 0 ]] || call_failed write_failed "${object}"
    read_live "$1"
  done
  try_kube annotate "${resource}" "${name}" --field-manager "${field_manager}" kubectl.kubernetes.io/last-applied-configuration- ||
    call_failed write_failed "${object}"
}

# take_over_operations OBJECT: those of a JSON patch of its managedFields. Of several entries (one for each version of the API that was
# applied) the first becomes ours, as kubectl does it. They come from the last one on, since those behind a removed one move.
take_over_operations() {
  local indices index entry separator=''
  indices=$(printf '%s\n' "${live_lines}" | awk -F '|' -v object="$1" '
    $1 == object { for (at = split($2, index_, " "); at > 0; at--) print index_[at]; exit }')
  for index in ${indices}; do
    entry=/metadata/managedFields/${index}
    printf '%s{"op":"test","path":"%s/manager","value":"kubectl-client-side-apply"}' "${separator}" "${entry}"
    if is_own "$1" || [[ ${index} != "${indices##*$'\n'}" ]]; then
      printf ',{"op":"remove","path":"%s"}' "${entry}"
    else
      printf ',{"op":"replace","path":"%s/manager","value":"%s"}' "${entry}" "${field_manager}"
      printf ',{"op":"replace","path":"%s/operation","value":"Apply"}' "${entry}"
    fi
    separator=,
  done
}

# is_own OBJECT: whether a server-side apply of ours has made it.
is_own() {
  printf '%s\n' "${live_lines}" | grep "^$1|[^|]*|own" >/dev/null
}

# --- What was deployed ----------------------------------------------------------------------------------------------

# The objects of the inventory and those of this run, each once.
all_objects() {
  local row
  {
    printf '%s' "${deployed_objects}"
    for ((row = 0; row < ${#objects[@]}; row += 3)); do
      ! is_included "${objects[row]}" || printf '%s/%s\n' "${objects[row + 1]}" "${objects[row + 2]}"
    done
  } | LC_ALL=C sort -u
}

list_orphans() {
  local found
  found=$(orphans | tr '\n' ' ')
  [[ -z ${found} ]] || say orphans "${found% }"
}

# is_spared RESOURCE/NAME: whether nothing but a removal deletes it: what is kept, and an ExternalSecret, with which its Secret would go.
is_spared() {
  is_kept "$1" || [[ $1 == ExternalSecret.* ]]
}

# Deletes the orphans that bear our label; data, Secrets, what makes them, and the namespace stay. Sets `remaining`.
prune() {
  local object
  for object in $(orphans); do
    if is_spared "${object}"; then
      say orphan_kept "${object}"
      continue
    fi
    try_kube get "${object}" --ignore-not-found --output \
      'go-template={{with .metadata.labels}}{{or (index . `app.kubernetes.io/part-of`) ``}}{{end}}' ||
      [[ ${answer} == *"server doesn't have a resource type"* ]] || call_failed read_failed "${object}"
    if [[ -n ${part_of} && $(last_line "${answer}") == "${part_of}" ]]; then
      say pruning "${object}"
      remove background "${object}"
      note_change "${object}"
    else
      say orphan_foreign "${object}"
    fi
    remaining=$(printf '%s' "${remaining}" | grep -vxF "${object}" || true)
    remaining+=${remaining:+$'\n'}
  done
}

# The SHA-256 sum of the folder's files, whatever their line ends are.
folder_hash() {
  local row paths=()
  for ((row = 0; row < ${#files[@]}; row += 5)); do
    paths+=("${folder}/${files[row + 3]}")
  done
  cat "${paths[@]}" | tr -d '\r' | {
    if command -v sha256sum >/dev/null; then sha256sum; else shasum -a 256; fi
  } | cut -d ' ' -f 1
}

# --- Rollback -------------------------------------------------------------------------------------------------------

# take_snapshot ROW...: keeps what is there of the objects before they are changed, and notes what is not there.
take_snapshot() {
  local row object existing_rows=() arguments
  for row in "$@"; do
    object=${file_objects[row]}
    if [[ ${missing} == *" ${object} "* ]]; then
      created+="${files[row + 1]}/${files[row + 2]} "
    elif [[ ${object} != Job/* ]] && ! is_kept "${files[row + 1]}"; then
      existing_rows+=("${row}")
    fi
  done
  ((${#existing_rows[@]} > 0)) || return 0
  file_arguments "${existing_rows[@]}"
  read_cluster objects get "${arguments[@]}" --show-managed-fields --output json
  snapshots+=("$(printf '%s\n' "${answer}" | sed -n '/^{/,$p' | sed '/^ *"resourceVersion": "[0-9]*",$/d')")
}

# Puts back what this run has changed, removes what it has made, but for data, Secrets, what makes them, and the namespace, and waits.
roll_back() {
  local snapshot object awaited='' row
  say rolling_back
  facts_are_new=no freed=' '
  deadline=$((SECONDS + timeout))
  renew_lock
  # The first replacement makes this script the owner of what it changes, the second one gives the owners back.
  for snapshot in ${snapshots[@]+"${snapshots[@]}" "${snapshots[@]}"}; do
    send "${snapshot}" replace --filename - || {
      show_answer
      complain rollback_failed
      return
    }
  done
  for object in ${created}; do
    is_spared "${object}" || try_kube delete "${object}" --ignore-not-found --wait=false || show_answer
  done
  for ((row = 0; row < ${#workloads[@]}; row += 4)); do
    object=${workloads[row + 1]}/${workloads[row + 2]}
    [[ ${object} == Job/* || ${changes} != *" ${object} "* || ${missing} == *" ${object} "* ]] ||
      awaited+="Awaited|${workloads[row + 1]}|${workloads[row + 2]}|${workloads[row + 3]}"$'\n'
  done
  wait_for "${awaited%$'\n'}"
  say rolled_back
}

# --- Phases ---------------------------------------------------------------------------------------------------------

included=' '   # phases of this run
phase_times='' # how long each phase took, for people

# phase_title PHASE
phase_title() {
  local row
  for ((row = 0; row < ${#phases[@]}; row += 4)); do
    [[ ${phases[row]} != "$1" ]] || in_language "${phases[row + 1]}" "${phases[row + 2]}"
  done
}

choose_phases() {
  local row phase option
  for ((row = 0; row < ${#phases[@]}; row += 4)); do
    phase=${phases[row]} option=${phases[row + 3]}
    if has_option only; then
      ! has_value_of only "${phase}" || included+="${phase} "
    elif [[ -z ${option} ]] || has_option "${option}"; then
      included+="${phase} "
    fi
  done
}

# is_included PHASE: whether it belongs to this run.
is_included() {
  [[ ${included} == *" $1 "* ]]
}

# option_for_phase PHASE: what would include it besides those that are.
option_for_phase() {
  local row
  for ((row = 0; row < ${#phases[@]}; row += 4)); do
    [[ ${phases[row]} == "$1" ]] || continue
    if has_option only; then printf -- '--only %s' "$1"; else printf -- '--%s' "${phases[row + 3]}"; fi
  done
}

deploy_phases() {
  local phase number=0 total began
  total=$(($(printf "%s" "${included}" | wc -w)))
  for phase in ${included}; do
    number=$((number + 1))
    began=${SECONDS}
    say phase_started "${number}" "${total}" "$(phase_title "${phase}")"
    renew_lock
    untraced write_secrets "${phase}"
    find_outdated_jobs "${phase}" # again: an earlier step may have made a claim
    delete_outdated_jobs "${phase}"
    apply_files "${phase}"
    restart_workloads "${phase}"
    wait_for "$(awaited_of "${phase}")"
    phase_times+="${phase_times:+, }$(phase_title "${phase}") $((SECONDS - began))"
  done
}

# The first phase makes the namespace, without which nothing else can be checked.
make_namespace() {
  local row made=no
  for row in $(rows_of); do
    [[ ${files[row + 1]} == Namespace.* ]] || continue
    try_kube "${apply[@]}" --filename "${file_words[row]}" || call_failed apply_failed
    say output "  ${answer}"
    note_change "${file_objects[row]}"
    made=yes
  done
  [[ ${made} == yes ]] || fail namespace_missing "${namespace}"
}

# --- Jobs and restarts ----------------------------------------------------------------------------------------------

# find_outdated_jobs [PHASE]: notes the Jobs of this run that exist and have to run again, those of a phase or all. A Job cannot
# be changed: it is deleted and made anew.
find_outdated_jobs() {
  local row name conditions time
  for ((row = 0; row < ${#workloads[@]}; row += 4)); do
    name=${workloads[row + 2]}
    [[ ${workloads[row + 1]} == Job && ${outdated} != *" Job/${name}="* ]] || continue
    [[ -z ${1:-} || ${workloads[row]} == "$1" ]] || continue
    is_included "${workloads[row]}" || continue
    IFS='|' read -r conditions time < <(fact Job "${name}" | grep . || printf '|\n')
    [[ -n ${time} ]] || continue
    if [[ ,${conditions} == *,Failed,* ]]; then
      outdated+="Job/${name}=job_failed_before "
    elif is_older_than_secrets Job "${name}" "${time}"; then
      outdated+="Job/${name}=job_secret_changed "
    elif has_younger_claim "${name}" "${time}"; then
      outdated+="Job/${name}=job_claim_changed "
    fi
  done
}

# is_older_than_secrets KIND NAME TIME: whether a Secret that the workload reads has changed since.
is_older_than_secrets() {
  local row changed
  for ((row = 0; row < ${#secret_readers[@]}; row += 3)); do
    [[ ${secret_readers[row + 1]}/${secret_readers[row + 2]} == "$1/$2" ]] || continue
    [[ ${secret_times} == *" ${secret_readers[row]}="* ]] || continue
    changed=${secret_times#*" ${secret_readers[row]}="}
    changed=${changed%% *}
    [[ ${changed} == now || ${changed} > $3 ]] && return 0
  done
  return 1
}

# has_younger_claim JOB TIME: whether a claim of the Job's databases was made after the Job: its data is another one.
has_younger_claim() {
  local row made
  for ((row = 0; row < ${#job_claims[@]}; row += 2)); do
    [[ ${job_claims[row]} == "$1" ]] || continue
    made=$(fact Claim "${job_claims[row + 1]}")
    [[ -n ${made} && ${made#*|} > $2 ]] && return 0
  done
  return 1
}

delete_outdated_jobs() {
  local row name reason
  for ((row = 0; row < ${#workloads[@]}; row += 4)); do
    name=${workloads[row + 2]}
    [[ ${workloads[row]} == "$1" && ${outdated} == *" Job/${name}="* ]] || continue
    reason=${outdated#*" Job/${name}="}
    say "${reason%% *}" "${name}"
    facts_are_new=no
    remove foreground "job/${name}"
  done
}

# restart_workloads PHASE: restarts what runs with an older value of a Secret.
restart_workloads() {
  local row kind name time stale
  for ((row = 0; row < ${#workloads[@]}; row += 4)); do
    kind=${workloads[row + 1]} name=${workloads[row + 2]}
    [[ ${workloads[row]} == "$1" && ${kind} != Job && ${kind} != ExternalSecret ]] || continue
    stale=no
    while IFS='|' read -r _ _ time; do
      ! is_older_than_secrets "${kind}" "${name}" "${time}" || stale=yes
    done < <(pods_of "${kind}/${name}")
    [[ ${stale} == yes ]] || continue
    say restart "${kind}/${name}"
    facts_are_new=no
    # Where the answer of one that was made is lost, another one follows: better than none.
    try_kube rollout restart "${kind}/${name}" || call_failed restart_failed "${kind}/${name}"
    note_change "${kind}/${name}"
  done
}

# --- Judgement ------------------------------------------------------------------------------------------------------
# What the facts of a poll mean, as lines in the order of the awaited workloads:
#   Ready|KIND/NAME                                 Pending|KIND/NAME|how far
#   Watch|what|family|since|limit[|event]           a state that may end the wait: remembered for the next poll
#   Watch|what|silent|since|0                       something that only events can tell of
#   News|KIND/NAME|reason|"message"                 a state that was not there in the last poll
#   Failed|KIND/NAME|pod|reason|"message"           a state whose time is over; without a pod (-) the workload's own
#   Stuck|pod|reason                                a pod of an older revision that keeps its StatefulSet from the newer one

# Reads lines: Now|seconds|schedule grace, Awaited|KIND|NAME|seconds until ready, Watch|… of the last poll, and the facts.
judge() {
  awk -F '|' '
    function rest(first,    text, field) {
      text = $first
      for (field = first + 1; field <= NF; field++) text = text "|" $field
      return text
    }
    function more(ready, old) { return ready > old ? ready - old : 0 }

    BEGIN { earlier["schedule"] = "unscheduled"; earlier["told"] = "silent" }
    $1 == "Now" { now = $2; grace = $3 }
    $1 == "Awaited" { awaited[++count] = $2 "/" $3; within[$2 "/" $3] = $4 }
    $1 == "Watch" { family_of[$2, $3] = 1; since_of[$2, $3] = $4; limit_of[$2, $3] = $5; event_of[$2, $3] = $6 }
    $1 == "Deployment" || $1 == "StatefulSet" || $1 == "Job" || $1 == "ExternalSecret" { line[$1 "/" $2] = $0 }
    $1 == "Stalled" { stalled[$2 "/" $3] = $4; stalled_words[$2 "/" $3] = rest(5) }
    $1 == "Makes" || $1 == "Begins" { uid[$2] = $3 }
    $1 == "Event" { note_event($2, $3, $4, rest(5)) }
    $1 == "ReplicaSet" { set_of[$3, $4] = $2 }
    $1 == "Pod" {
      owner = $3 "/" $4
      pods[owner] = pods[owner] $2 "|"
      revision[$2] = $5; is_ready[$2] = $6; leaving[$2] = $7; phase[$2] = $8
    }
    $1 == "State" {
      number[$2]++
      container[$2, number[$2]] = $3; reason[$2, number[$2]] = $4; words[$2, number[$2]] = rest(6)
    }

    END {
      for (index_ = 1; index_ <= count; index_++) judge_workload(awaited[index_])
    }

    function judge_workload(workload,    field, kind, current, owner, far) {
      split(line[workload], field, "|")
      kind = substr(workload, 1, index(workload, "/") - 1)
      current = ""
      far = ""
      if (kind == "Deployment" && line[workload] != "") {
        far = more(field[7], field[8] - field[6]) "/" field[5]
        if (field[4] == field[3] && field[6] == field[5] && field[7] == field[5] && field[8] == field[5]) far = "ready"
        owner = "ReplicaSet/" set_of[field[2], field[9]]
        if (field[4] != field[3]) owner = ""
      } else if (kind == "StatefulSet" && line[workload] != "") {
        far = more(field[7], field[5] - field[6]) "/" field[5]
        if (field[4] == field[3] && field[7] == field[5] && field[8] == field[9]) far = "ready"
        owner = workload
        current = field[9]
        if (field[4] != field[3]) owner = ""
      } else if (kind == "Job") {
        if (("," field[3]) ~ /,Complete,/) far = "ready"
        owner = workload
      } else if (kind == "ExternalSecret" && line[workload] != "" && field[3] == "") far = "ready"
      if (far == "ready") {
        print "Ready|" workload
        return
      }
      print "Pending|" workload "|" far
      if (kind == "Job" && ("," field[3]) ~ /,Failed,/) print "Failed|" workload "|-|Failed|\"\""
      if (owner == "" || kind == "ExternalSecret") return
      if (stalled[workload] != "") {
        limit = stalled[workload] == "ProgressDeadlineExceeded" ? 15 : limit_of_refusal(stalled_words[workload])
        if (stalled_words[workload] ~ /exceeded quota/) limit = 45 # the pods that leave may give what there is to have
        watch(workload, workload, "-", "stalled", limit, stalled[workload], stalled_words[workload])
      }
      if (workload in uid && lacks_pods(kind, owner, field[5])) judge_silence(workload, workload, "-", uid[workload])
      judge_pods(workload, kind, owner, current)
    }

    # Whether pods are to be made and none is under way.
    function lacks_pods(kind, owner, wanted,    list, total, at) {
      total = split(pods[owner], list, "|") - 1
      for (at = 1; at <= total; at++) {
        if (kind == "Job" ? (phase[list[at]] ~ /Pending|Running/) : (is_ready[list[at]] != "True")) return 0
      }
      return kind == "Job" || total < wanted
    }

    # An event stays when what it tells of is over: it ends the wait when it has come again since it was seen first.
    function judge_silence(workload, key, pod, id) {
      print "Watch|" key "|silent|" ((key, "silent") in family_of ? since_of[key, "silent"] : now) "|0"
      if (told_limit[id] > 0) watch(workload, key, pod, "told", told_limit[id], told_reason[id], told_words[id], told_by[id])
    }

    # Of what the events tell of an object, the gravest is kept, and of equals the last.
    function note_event(id, version, why, text,    limit) {
      if (why ~ /^Pull/) {
        delete told_limit[id]
        return
      }
      limit = why == "FailedCreate" ? limit_of_refusal(text) : limit_of_mount(text)
      if (limit == 0 || (told_limit[id] > 0 && told_limit[id] < limit)) return
      told_limit[id] = limit; told_by[id] = version; told_reason[id] = why; told_words[id] = text
    }

    function limit_of_refusal(text) {
      return text ~ /forbidden|denied|is invalid/ ? 15 : 45
    }

    function limit_of_mount(text) {
      if (text ~ /failed to sync .* cache|not registered/) return 0
      return text ~ /(configmap|secret) [^ ]+ not found|non-existent (config|secret) key|hostPath type check failed/ ? 15 : grace
    }

    function judge_pods(workload, kind, owner, current,    list, total, at, pod, state) {
      total = split(pods[owner], list, "|") - 1
      for (at = 1; at <= total; at++) {
        pod = list[at]
        if (leaving[pod] != "" || is_ready[pod] == "True") continue
        if (current != "" && revision[pod] != current) {
          judge_stuck(pod)
          continue
        }
        for (state = 1; state <= number[pod]; state++) judge_state(workload, kind, pod, state)
        if (pod in uid && number[pod] == 0) judge_silence(workload, pod "/-", pod, uid[pod])
        if (phase[pod] == "Running" && within[workload] > 0)
          watch(workload, pod "/-", pod, "unready", within[workload], "Unready", "\"\"")
      }
    }

    function judge_state(workload, kind, pod, state,    family, why, text) {
      why = reason[pod, state]
      text = words[pod, state]
      limit = 0
      family = family_of_state(container[pod, state], why, text)
      if (family == "crash" && kind == "Job") return
      if (family == "") {
        key = pod "/" container[pod, state]
        if ((key, "crash") in family_of) print "Watch|" key "|crash|" since_of[key, "crash"] "|45"
        return
      }
      watch(workload, pod "/" container[pod, state], pod, family, limit, why, text)
    }

    # The family of a waiting reason, of a container or (-) of the pod; sets limit, the seconds that it may last.
    function family_of_state(where, why, text) {
      if (where == "-") {
        limit = grace
        return why == "SchedulingGated" ? "" : why == "Unscheduled" ? "unscheduled" : "schedule"
      }
      if (why == "InvalidImageName" || why == "ErrImageNeverPull") { limit = 15; return "pull" }
      if (why == "ErrImagePull" || why == "ImagePullBackOff") {
        limit = tolower(text) ~ /not found|not exist|unknown|denied|unauthorized|forbidden|authentication required|no basic auth/ ? 15 : 45
        return "pull"
      }
      if (why == "CreateContainerConfigError") {
        if (text ~ /failed to sync .* cache/) return ""
        limit = 15
        return "config"
      }
      if (why == "CrashLoopBackOff" || why == "CreateContainerError" || why == "RunContainerError") { limit = 45; return "crash" }
      return ""
    }

    # Notes a state; a family that lasts keeps its begin, the shortest of its limits, and the first of its events.
    function watch(workload, key, pod, family, limit, why, text, event,    since, first) {
      since = now
      first = event
      if ((key, earlier[family]) in family_of) since = since_of[key, earlier[family]]
      if ((key, family) in family_of) {
        since = since_of[key, family]
        first = event_of[key, family]
        if (limit_of[key, family] < limit) limit = limit_of[key, family]
      } else if (family != "unready" && family != "unscheduled") print "News|" (pod == "-" ? workload : "Pod/" pod) "|" why "|" text
      print "Watch|" key "|" family "|" since "|" limit (event == "" ? "" : "|" first)
      if (now - since >= limit && (event == "" || event != first)) print "Failed|" workload "|" pod "|" why "|" text
    }

    function judge_stuck(pod,    state, why, family, slow) {
      slow = phase[pod] == "Running" ? "Unready" : (pod in uid) ? "ContainerCreating" : ""
      for (state = 1; state <= number[pod]; state++) {
        why = reason[pod, state]
        family = family_of_state(container[pod, state], why, words[pod, state])
        if (family == "unscheduled") slow = why
        else if (family != "" || why == "Error") {
          print "Stuck|" pod "|" why
          return
        }
      }
      if (slow == "") return
      since = (pod "/-", "stuck") in family_of ? since_of[pod "/-", "stuck"] : now
      print "Watch|" pod "/-|stuck|" since "|15"
      if (now - since >= 15) print "Stuck|" pod "|" slow
    }
  '
}

# --- Waiting --------------------------------------------------------------------------------------------------------

watched=''    # lines Watch|… of judge
verdicts=''   # the other lines of the last judgement
judged_at=0   # when that was
pending=' '   # workloads (KIND/NAME) that are not ready
job_logs=()   # last log lines of Jobs by their rows of workloads, since a failed Job's pods are deleted
freed=' '     # pods that were deleted because they kept a StatefulSet from its newer revision
facts_told='' # the facts when logs of Jobs were asked for last
told_at=0
is_watching=no   # workload_changes is being read, as descriptor 3
renew_in_rest=15 # seconds after which the lock is renewed, earlier than where there is something to do

# awaited_of PHASE: lines Awaited|… of judge.
awaited_of() {
  local row
  for ((row = 0; row < ${#workloads[@]}; row += 4)); do
    [[ ${workloads[row]} != "$1" ]] ||
      printf 'Awaited|%s|%s|%s\n' "${workloads[row + 1]}" "${workloads[row + 2]}" "${workloads[row + 3]}"
  done
}

# wait_for AWAITED: until the workloads are ready. What the last poll found holds as long as nothing was written.
wait_for() {
  local awaited=$1 total began=${SECONDS} state shown='' shown_at=${SECONDS} is_ready=no
  [[ -n ${awaited} ]] || return 0
  total=$(printf '%s\n' "${awaited}" | grep -c .)
  watched=''
  if awaits_new "${awaited}"; then
    judge_facts "${awaited}"
    watched=''
    describe_state
    [[ ${pending} == ' ' ]] || await_change
  fi
  while [[ ${is_ready} == no ]]; do
    if [[ ${facts_are_new} == yes && ${awaited} != *'|ExternalSecret|'* ]] || read_facts "${awaited}"; then
      judge_facts "${awaited}"
      [[ ${pending} != ' ' ]] || break
      tell_news
      keep_job_logs
      free_stuck_pods
      end_if_failed
      describe_state
    else
      state=$(text poll_failed "$(last_line "${answer}")")
    fi
    facts_are_new=no
    renew_lock "${renew_in_rest}"
    await_change
  done
  say phase_ready "${total}" "$((SECONDS - began))"
}

# awaits_new AWAITED: whether this run has made one of the workloads, which cannot be ready yet: the cluster need not be asked.
awaits_new() {
  local kind name
  while IFS='|' read -r _ kind name _; do
    [[ ${missing} != *" ${kind}/${name} "* ]] || return 0
  done < <(printf '%s\n' "$1")
  return 1
}

# Sets state, what the last judgement found, for people.
describe_state() {
  state=$(text waiting "$(printf '%s\n' "${verdicts}" | grep -c '^Ready|')" "${total}" "$(progress)")
}

# Rests until all workloads that are not ready have become so, at most until a Job fails or the next poll is due. In a namespace that this
# run has made, where no workload was another one before, what the watch tells is enough: is_ready says that no poll is needed.
await_change() {
  local until left=${pending} workload
  until=$(next_poll)
  start_watch
  while :; do
    ((SECONDS < deadline)) || time_out
    show_progress
    workload=$(next_change) || workload=''
    case ${workload} in
    '') ;;
    Failed) return 0 ;;
    *' waits') # it may have been ready before
      workload=${workload% waits}
      [[ ${awaited} != *"|${workload/\//|}|"* || ${left} == *" ${workload} "* ]] || left+="${workload} "
      ;;
    *)
      left=${left/" ${workload} "/ }
      if [[ ${left} == ' ' ]]; then
        [[ ${has_namespace} == yes || ${pending} == ' ' ]] || is_ready=yes pending=' '
        return 0
      fi
      ;;
    esac
    ((SECONDS < until)) || return 0
  done
}

start_watch() {
  [[ ${is_watching} == yes ]] || exec 3< <(workload_changes)
  is_watching=yes
}

# Prints when the next poll is due: when a state has lasted as long as it may, even if that has come since the last judgement; at the latest in
# three seconds. In a namespace that this run has made in six, since what a poll costs is taken from all the pods that start; but for Jobs,
# whose logs go when they fail.
next_poll() {
  local most=3
  [[ ${has_namespace} == yes || ${pending} == *' Job/'* ]] || most=6
  printf '%s\n' "${watched}" | awk -F '|' -v now="${SECONDS}" -v judged="${judged_at}" -v most="${most}" '
    BEGIN { due = now + most }
    $1 == "Watch" && $4 + $5 > judged && $4 + $5 < due { due = $4 + $5 }
    END { print (due > now ? due : now + 1) }'
}

# Prints the next line of workload_changes; fails when there is none within a second. It is for a substitution: bash 5 that is interrupted
# in `read -t` crashes at its next substitution, before it has done what it has to do at its end.
next_change() {
  local line
  read -r -t 1 -u 3 line && printf '%s' "${line}"
}

# Shows state: on a terminal each time, elsewhere when it has changed or ten seconds later.
show_progress() {
  if can_move; then
    move progress "${state}" "$((SECONDS - began))"
  elif [[ ${state} != "${shown}" ]] || ((SECONDS - shown_at >= 10)); then
    say progress "${state}" "$((SECONDS - began))"
    shown=${state} shown_at=${SECONDS}
  fi
}

# Prints KIND/NAME of each workload that has become ready, the same with `waits` of one that has changed and is not, and Failed for a Job
# that has failed; where the cluster does not tell, empty lines, so that it ends with its reader.
workload_changes() {
  local resource
  for resource in deployments statefulsets jobs; do
    kube get "${resource}" --watch-only --output "go-template=${changes_template}" 2>/dev/null &
  done
  wait
  while rest 1; do printf '\n'; done
}

# judge_facts AWAITED: sets verdicts, watched and pending.
judge_facts() {
  judged_at=${SECONDS}
  verdicts=$(printf '%s\n' "Now|${judged_at}|${schedule_grace}" "$1" "${watched}" "${facts}" | judge)
  watched=$(printf '%s\n' "${verdicts}" | grep '^Watch|' || true)
  pending=" $(printf '%s\n' "${verdicts}" | sed -n 's/^Pending|\([^|]*\)|.*/\1/p' | tr '\n' ' ')"
  pending=${pending/#  / }
}

# The first workloads that are not ready, with counts, for people.
progress() {
  printf '%s\n' "${verdicts}" | awk -F '|' -v most=8 '
    $1 == "Pending" && ++count <= most { printf "%s%s%s", separator, $2, ($3 == "" ? "" : " " $3); separator = ", " }
    END { if (count > most) printf ", … (+%d)", count - most }'
}

tell_news() {
  local object reason message
  while IFS='|' read -r _ object reason message; do
    say state "${object}" "${reason}" "$(unquoted "${message}")"
  done < <(printf '%s\n' "${verdicts}" | grep '^News|' || true)
}

free_stuck_pods() {
  local pod reason
  while IFS='|' read -r _ pod reason; do
    [[ ${freed} != *" ${pod} "* ]] || continue
    freed+="${pod} "
    say freeing "${pod}" "${reason}"
    try_kube delete pod "${pod}" --ignore-not-found --wait=false || show_answer
  done < <(printf '%s\n' "${verdicts}" | grep '^Stuck|' || true)
}

end_if_failed() {
  local workload pod reason message words
  IFS='|' read -r _ workload pod reason message < <(printf '%s\n' "${verdicts}" | grep '^Failed|' || printf '\n')
  [[ -n ${workload} ]] || return 0
  if [[ ${workload} == Job/* && ${reason} == Failed ]]; then
    words=(job_failed "${workload#*/}")
  elif [[ ${reason} == Unready ]]; then
    words=(never_ready "${workload}" "${pod}")
  elif [[ ${pod} == - ]]; then
    words=(workload_stalled "${workload}" "${reason}" "$(unquoted "${message}")")
  else
    words=(workload_failed "${workload}" "${pod}" "${reason}" "$(unquoted "${message}")")
  fi
  report "${workload}" "$(cause "${words[@]}")"
  give_up "${exit_failed}" "${workload}"
}

# Keeps what the awaited Jobs said last: when something has changed, and every five seconds.
keep_job_logs() {
  local row pod lines
  [[ ${pending} == *' Job/'* ]] || return 0
  if [[ ${facts} == "${facts_told}" ]] && ((SECONDS - told_at < 5)); then return 0; fi
  facts_told=${facts} told_at=${SECONDS}
  for ((row = 0; row < ${#workloads[@]}; row += 4)); do
    [[ ${workloads[row + 1]} == Job && ${pending} == *" Job/${workloads[row + 2]} "* ]] || continue
    while IFS='|' read -r pod _; do
      lines=$(logs_of "${pod}")
      [[ -z ${lines} ]] || job_logs[row]=${lines}
    done < <(pods_of "Job/${workloads[row + 2]}")
  done
}

# --- Reports --------------------------------------------------------------------------------------------------------

log_lines=20
explained=8   # workloads whose causes are told when the time is over
advised=5     # workloads for which commands are given then
cause_room=26 # lines for the causes: so they are among the last forty, with the time limit before them and the commands after them

why='' # what was said last of causes, as lines of cause

# report KIND/NAME [LINE]: the last log lines of what is not ready, then why it is not: that is short, and people look at the end first.
# Another line of cause comes after that.
report() {
  why=$(
    causes_of "$1"
    printf '%s' "${2:-}"
  )
  report_logs "$1"
  tell_causes "${why}"
}

# report_logs KIND/NAME: of a Job the lines that were kept, where there are any, else those of the pods that are not ready.
report_logs() {
  local row pod is_ready lines=''
  if [[ $1 == Job/* ]]; then
    for ((row = 0; row < ${#workloads[@]}; row += 4)); do
      [[ ${workloads[row + 1]}/${workloads[row + 2]} != "$1" ]] || lines=${job_logs[row]:-}
    done
    while IFS='|' read -r pod _; do
      [[ -z ${pod} || -n ${lines} ]] || lines=$(logs_of "${pod}")
    done < <(pods_of "$1")
    report_log "$1" "${lines:-$(text logs_none)}"
    return
  fi
  while IFS='|' read -r pod is_ready _; do
    [[ -z ${pod} || ${is_ready} == True ]] || report_log "Pod/${pod}" "$(logs_of "${pod}")"
  done < <(pods_of "$1")
}

# causes_of KIND/NAME: why it is not ready, as lines of cause.
causes_of() {
  local pods pod is_ready
  pods=$(pods_of "$1")
  causes_of_external_secret "$1"
  while IFS='|' read -r pod is_ready _; do
    [[ -z ${pod} || ${is_ready} == True ]] || causes_of_pod "${pod}"
  done < <(printf '%s\n' "${pods}")
  causes_in_events "${1#*/}" "${pods}"
}

# cause KEY ARGUMENT...: a line that tell_causes reads.
cause() {
  printf '%s\037' "$@"
  printf '\n'
}

# tell_causes LINES
tell_causes() {
  local words
  while IFS=$'\037' read -r -a words; do
    ((${#words[@]} == 0)) || complain "${words[@]}"
  done < <(printf '%s\n' "$1")
}

# causes_of_pod POD: what its containers wait for, and how the previous ones ended.
causes_of_pod() {
  local kind pod container reason message
  while IFS='|' read -r kind pod container reason _ message; do
    [[ ${pod} == "$1" ]] || continue
    case ${kind} in
    State) [[ ${reason} == Running ]] || cause state "Pod/${pod}" "${reason}" "$(unquoted "${message}")" ;;
    Last) cause pod_before "${pod}" "${container}" "${reason}" "$(unquoted "${message}")" ;;
    *) ;;
    esac
  done < <(printf '%s\n' "${facts}")
}

# causes_of_external_secret KIND/NAME: what its Secret lacks, and what the controller says; nothing of another kind.
causes_of_external_secret() {
  local kind name lacking secret status reason message
  while IFS='|' read -r kind name lacking secret status reason message; do
    [[ ${kind} == ExternalSecret && ${kind}/${name} == "$1" ]] || continue
    if [[ ${lacking} == '* ' ]]; then
      cause secret_empty "${secret}"
    else
      cause secret_lacks "${secret}" "${lacking% }"
    fi
    if [[ -n ${status} ]]; then
      cause condition "${status}" "${reason}" "$(unquoted "${message}")"
    else
      cause condition_none
    fi
  done < <(printf '%s\n' "${facts}")
}

# causes_in_events NAME PODS: the last warnings about the workload of that name, its newest pods, what makes them, and their claims.
causes_in_events() {
  local events object reason message
  events=$(kube get events --field-selector type=Warning --sort-by .lastTimestamp --request-timeout 10s \
    --output "go-template=${events_template}" 2>/dev/null) || return 0
  while IFS='|' read -r object reason message; do
    cause event "${object}" "${reason}" "$(unquoted "${message}")"
  done < <(printf '%s\n' "$2" "$(printf '%s\n' "${facts}" | grep '^Uses|')" "${events}" | awk -F '|' -v name="$1" '
    /^[^|]*\|(True|False)?\|/ { pods[$1] = 1; next }
    $1 == "Uses" { if ($2 in pods) claims[$3] = 1; next }
    function concerns(object,    pod) {
      if (object == name || object in claims || index(object "-", "-" name "-") > 0) return 1
      for (pod in pods) if (object == pod || index(pod, object "-") == 1) return 1
      return 0
    }
    concerns($1) && !seen[$0]++' | tail -n 5)
}

# report_log OBJECT LINES
report_log() {
  local words
  [[ -n $2 ]] || return 0
  complain logs "$1"
  while IFS= read -r words; do
    complain log_line "${words}"
  done < <(printf '%s\n' "$2")
}

# logs_of POD: its last log lines. A container that is about to be restarted has none of its own: then those of the previous.
logs_of() {
  local lines
  lines=$(kept_logs_of "$1")
  [[ -n ${lines} ]] || lines=$(kept_logs_of "$1" --previous)
  printf '%s' "${lines}"
}

# kept_logs_of POD [OPTION]: without what the node says in place of a log that it does not have.
kept_logs_of() {
  local node='^(\[[^]]*\] )?(unable to retrieve container logs for |failed to try resolving symlinks in path )'
  kube logs "$@" --all-containers --prefix --tail "${log_lines}" --request-timeout 10s 2>/dev/null | grep -Ev "${node}" || true
}

# unquoted TEXT: undoes the quoting of the templates (%q). A message stays on one line, on which all white space is blanks.
unquoted() {
  local inner=${1#\"} backslash=$'\036'
  printf '%s' "${inner%\"}" |
    sed -e "s/\\\\\\\\/${backslash}/g" -e 's/\\[nrt]/ /g' -e 's/\\"/"/g' -e "s/${backslash}/\\\\/g"
}

# The time of the run is over: prints why the awaited workloads are not ready, which takes at most 20 seconds more.
time_out() {
  local workload causes first=() others=() names=()
  deadline=$((SECONDS + 20))
  for workload in ${pending}; do
    causes=$(causes_of "${workload}")
    # What only events tell of may wait for one of those that have more to say.
    if [[ -n ${causes} && ${causes} != event* ]]; then
      first+=("${workload}" "${causes}")
    else
      others+=("${workload}" "${causes}")
    fi
  done
  for workload in ${pending}; do
    report_logs "${workload}"
  done
  set -- ${first[@]+"${first[@]}"} ${others[@]+"${others[@]}"}
  why=$(
    cause timed_out "${timeout}"
    explain "$@"
  )
  tell_causes "${why}"
  while (($# > 0 && ${#names[@]} < advised)); do
    names+=("$1")
    shift 2
  done
  give_up "${exit_timed_out}" ${names[@]+"${names[@]}"}
}

# explain [KIND/NAME CAUSES]...: why the first of these workloads are not ready, each in a share of the lines that there is room for (of
# more causes the first ones and the last one), and which the others are; as lines of cause.
explain() {
  local left=${explained} share unexplained=''
  (($# > 0)) || return 0
  share=$((cause_room / ($# / 2 < explained ? $# / 2 : explained) - 1))
  while (($# > 0 && left > 0)); do
    cause unready "$1"
    printf '%s\n' "$2" | awk -v most="${share}" '
      { line[NR] = $0 }
      END { for (at = 1; at <= NR; at++) if (NR <= most || at < most || at == NR) print line[at] }'
    left=$((left - 1))
    shift 2
  done
  while (($# > 0)); do
    unexplained+=" $1"
    shift 2
  done
  [[ -z ${unexplained} ]] || cause unready_too "${unexplained# }"
}

# give_up STATUS KIND/NAME...: says how to look further and how to undo, and ends the run.
give_up() {
  local status=$1 workload
  shift
  complain look_further
  for workload in "$@"; do
    complain command "kubectl --context $(as_word "${context}") --namespace ${namespace} describe ${workload}"
  done
  complain command "$(as_word "${BASH_SOURCE[0]}") --context $(as_word "${context}") --status"
  for workload in "$@"; do
    ! can_be_undone "${workload}" ||
      complain command "kubectl --context $(as_word "${context}") --namespace ${namespace} rollout undo ${workload}"
  done
  exit "${status}"
}

# can_be_undone KIND/NAME: whether it is what this run has made of an earlier revision, and does not put back itself.
can_be_undone() {
  [[ $1 == Deployment/* || $1 == StatefulSet/* ]] && ! has_option rollback-on-failure &&
    [[ ${changes} == *" $1 "* && ${missing} != *" $1 "* ]]
}

# as_word TEXT: as it is typed into a shell.
as_word() {
  local LC_ALL=C plain='^[A-Za-z0-9_./:@+,-]+$'
  if [[ $1 =~ ${plain} ]]; then
    printf '%s' "$1"
  else
    printf "'%s'" "$(printf '%s' "$1" | sed "s/'/'\\\\''/g")"
  fi
}

# What has changed, how long it took, and what to open.
summarize() {
  local row
  if [[ ${changes} == ' ' ]]; then say unchanged; else say changed "${changes:1:${#changes}-2}"; fi
  [[ -z ${phase_times} ]] || say times "${phase_times}"
  for ((row = 0; row < ${#addresses[@]}; row += 2)); do
    ! is_included "${addresses[row]}" || say address "${addresses[row + 1]}"
  done
}

# --- Status ---------------------------------------------------------------------------------------------------------

# Shows what is deployed, and what is not ready and why.
show_readiness() {
  local workload phase all='' holder_now since
  say deployed "${deployed_version:-?}" "${deployed_hash:-?}"
  IFS='|' read -r _ holder_now since _ < <(printf '%s\n' "${lease_state}")
  [[ -z ${holder_now} ]] || say lock_is_held "${holder_now}" "${since}"
  for phase in ${included}; do
    all+=$(awaited_of "${phase}")$'\n'
  done
  [[ ${all} != *'|ExternalSecret|'* ]] || read_facts "${all}" || complain kubectl "$(last_line "${answer}")"
  judge_facts "${all}"
  for workload in ${pending}; do
    complain unready "${workload}"
    report "${workload}"
  done
  [[ ${pending} != ' ' ]] || say all_ready "$(printf '%s\n' "${verdicts}" | grep -c '^Ready|')"
}

# Shows what differs, and ends the run: with 1 when something is not ready.
show_differing() {
  local row
  for row in ${differing}; do
    say differs "${row}"
  done
  [[ ${differing} != ' ' ]] || say nothing_differs
  list_orphans
  [[ ${pending} == ' ' ]] || exit "${exit_failed}"
  exit 0
}

# --- Run ------------------------------------------------------------------------------------------------------------

schedule_grace=120

help() {
  local row
  text help_usage "${BASH_SOURCE[0]##*/}"
  printf '\n'
  text help_summary "$(title)" "${namespace}" "${environment}"
  printf '\n\n'
  list_options
  printf '\n'
  text help_phases
  printf '\n'
  for ((row = 0; row < ${#phases[@]}; row += 4)); do
    printf '  %s  %s\n' "${phases[row]}" "$(in_language "${phases[row + 1]}" "${phases[row + 2]}")"
  done
  printf '\n'
  text help_variables
  printf '\n'
  for ((row = 0; row < ${#secret_keys[@]}; row += 4)); do
    printf '  %s  (Secret %s, %s)\n' "${secret_keys[row + 2]}" "${secret_keys[row]}" "${secret_keys[row + 1]}"
  done
  printf '\n'
  text help_exit_codes
  printf '\n'
}

# Whether the run only looks.
only_reads() {
  has_option dry-run || has_option diff || has_option status
}

# Someone must have said where to: by --context, by --yes, or now on the terminal.
confirm() {
  has_option context || has_option yes || only_reads || confirm_on_terminal confirm
}

# What there is to do, found without writing anything but the lock.
plan_run() {
  [[ ${has_namespace} == no ]] || read_workloads
  plan_changes
}

read_workloads() {
  read_cluster workloads get "${poll_resources}" --output "go-template=${status_template}"
  facts=${answer} facts_are_new=yes
}

plan_changes() {
  untraced plan_secrets
  find_outdated_jobs
  preflight
}

show_plan() {
  if [[ ${has_namespace} == no ]]; then
    ! has_option status || fail not_deployed "${namespace}"
    untraced plan_secrets
    untraced preview_secrets
    say namespace_new "${namespace}"
    return
  fi
  read_workloads
  # What is not ready is said also where the comparison ends the run.
  ! has_option status || show_readiness
  plan_changes
  ! has_option status || show_differing
  untraced preview
  ! has_option diff || show_differences
}

deploy() {
  [[ ${has_namespace} == yes ]] || make_namespace
  take_lock
  [[ ${has_namespace} == yes ]] || start_watch # there will be something to wait for
  plan_run
  write_inventory "$(all_objects)"$'\n' "${deployed_version}" "${deployed_hash}"
  deploy_phases
  remaining=${deployed_objects}
  if has_option prune; then prune; else list_orphans; fi
  if has_option only; then
    write_inventory "${remaining}" "${deployed_version}" "${deployed_hash}"
  else
    write_inventory "${remaining}" "${version}" "$(folder_hash)"
  fi
  summarize
}

# Whether there is something to put back, which a run that has lost the lock leaves to the one that has it.
may_roll_back() {
  [[ ${changes} != ' ' && -n ${holder} ]] && has_option rollback-on-failure
}

# Every end of the run: puts back what a failed one has changed if that is wanted, and gives the lock back.
finish() {
  local status=$? why_then=''
  trap : INT TERM HUP # an interruption ends the rollback, and nothing else of this
  if ((status == exit_failed || status == exit_timed_out)) && may_roll_back; then
    (
      on_interruption 'exit "${exit_interrupted}"'
      roll_back
    ) || true
    why_then=${why}
  fi
  end_work
  release_lock
  tell_causes "${why_then}" # it may have been said long ago
  exit "${status}"
}

run() {
  trap finish EXIT
  only_reads || say started "$(title)"
  say target "${context}" "${namespace}" "${environment}"
  read_place
  guard_environment
  if only_reads; then
    show_plan
  else
    deploy
    say finished "$(title)"
  fi
}

main() {
  on_interruption interrupted
  choose_language "$@"
  untraced take_given_values
  parse_options "$@"
  schedule_grace=$(option schedule-grace "${schedule_grace}") || true
  schedule_grace=$((10#${schedule_grace}))
  choose_phases
  untraced check_rotated_steps
  find_folder
  find_files
  check_kubectl
  choose_context
  confirm
  start_clock
  in_worker run
}

main "$@"
