<#
.SYNOPSIS
    Deploys this folder to a Kubernetes cluster.

.DESCRIPTION
    Compares the folder with the cluster, sends what differs step by step, and waits after each step until its workloads
    are ready. Values of Secrets come from environment variables or are made at random; those that the cluster has are
    kept.
    Needs Windows PowerShell 5.1 or PowerShell 7, and kubectl 1.27 or later. -Help lists options and variables.
    Options are given in PowerShell's spelling (-Context NAME, -Context:NAME) or in GNU spelling
    (--context NAME, --context=NAME).
    Exit codes: 0 done, 1 failed, 2 wrong usage, 70 timed out, 130 interrupted.

.EXAMPLE
    .\deploy.ps1 -Context production -Timeout 900

.EXAMPLE
    .\deploy.ps1 --yes --lang en
#>
Set-StrictMode -Version 3.0
$ErrorActionPreference = 'Stop'

# No parameter is declared, so that both spellings of the options, and what is no option, come here as written.
$Arguments = [string[]]$args

$TitleKo = 'Count 통합 관리 시스템'
$TitleEn = 'Count management system'
$Namespace = 'count-system'
$Environment = 'production'
$PartOf = 'count-system'
$Phases = @(
    @{ Name = 'namespace'; TitleKo = '네임스페이스 생성'; TitleEn = 'Namespace'; Option = '' }
    @{ Name = 'configuration'; TitleKo = 'ConfigMap 및 Secret 생성'; TitleEn = 'ConfigMaps and Secrets'; Option = '' }
    @{ Name = 'storage'; TitleKo = 'PVC 생성'; TitleEn = 'PersistentVolumeClaims'; Option = '' }
    @{ Name = 'infrastructure'; TitleKo = '인프라 컴포넌트 배포'; TitleEn = 'Infrastructure'; Option = '' }
    @{ Name = 'database-initialization'; TitleKo = '데이터베이스 초기화 Job 실행'; TitleEn = 'Database initialization'; Option = '' }
    @{ Name = 'services'; TitleKo = '애플리케이션 서비스 배포'; TitleEn = 'Services'; Option = '' }
    @{ Name = 'ingress'; TitleKo = 'Ingress 배포'; TitleEn = 'Ingress'; Option = 'with-ingress' }
)
$OutageSigns = @(
    @{ Sign = 'connection refused' }
    @{ Sign = 'was refused' }
    @{ Sign = 'connection reset' }
    @{ Sign = 'i/o timeout' }
    @{ Sign = 'TLS handshake timeout' }
    @{ Sign = 'no route to host' }
    @{ Sign = 'network is unreachable' }
    @{ Sign = 'no such host' }
    @{ Sign = 'http2: client connection lost' }
    @{ Sign = 'server sent GOAWAY' }
    @{ Sign = 'unexpected EOF' }
    @{ Sign = ': EOF' }
    @{ Sign = 'connectex: ' }
    @{ Sign = 'wsarecv: ' }
    @{ Sign = 'wsasend: ' }
    @{ Sign = 'currently unable to handle the request' }
    @{ Sign = 'etcdserver: ' }
    @{ Sign = 'ServiceUnavailable' }
    @{ Sign = 'context deadline exceeded' }
    @{ Sign = 'Client.Timeout exceeded' }
)
$Version = 'latest'
$Files = @(
    @{ Phase = 'namespace'; Resource = 'Namespace.v1.'; Name = 'count-system'; File = 'namespace.yaml'; Namespaced = '' }
    @{ Phase = 'configuration'; Resource = 'ConfigMap.v1.'; Name = 'app-config'; File = 'configmap/app-config.yaml'; Namespaced = 'yes' }
    @{ Phase = 'configuration'; Resource = 'ConfigMap.v1.'; Name = 'kafka-config'; File = 'configmap/kafka-config.yaml'; Namespaced = 'yes' }
    @{ Phase = 'configuration'; Resource = 'ConfigMap.v1.'; Name = 'redis-config'; File = 'configmap/redis-config.yaml'; Namespaced = 'yes' }
    @{ Phase = 'configuration'; Resource = 'ConfigMap.v1.'; Name = 'postgresql-init-scripts'; File = 'configmap/postgresql-init-scripts.yaml'; Namespaced = 'yes' }
    @{ Phase = 'configuration'; Resource = 'NetworkPolicy.v1.networking.k8s.io'; Name = 'default-deny'; File = 'networkpolicies/default-deny.yaml'; Namespaced = 'yes' }
    @{ Phase = 'configuration'; Resource = 'NetworkPolicy.v1.networking.k8s.io'; Name = 'allow-dns'; File = 'networkpolicies/allow-dns.yaml'; Namespaced = 'yes' }
    @{ Phase = 'configuration'; Resource = 'NetworkPolicy.v1.networking.k8s.io'; Name = 'count-write-service'; File = 'networkpolicies/count-write-service.yaml'; Namespaced = 'yes' }
    @{ Phase = 'configuration'; Resource = 'NetworkPolicy.v1.networking.k8s.io'; Name = 'postgresql'; File = 'networkpolicies/postgresql.yaml'; Namespaced = 'yes' }
    @{ Phase = 'configuration'; Resource = 'NetworkPolicy.v1.networking.k8s.io'; Name = 'redis-value'; File = 'networkpolicies/redis-value.yaml'; Namespaced = 'yes' }
    @{ Phase = 'configuration'; Resource = 'NetworkPolicy.v1.networking.k8s.io'; Name = 'redis-cache'; File = 'networkpolicies/redis-cache.yaml'; Namespaced = 'yes' }
    @{ Phase = 'configuration'; Resource = 'NetworkPolicy.v1.networking.k8s.io'; Name = 'kafka'; File = 'networkpolicies/kafka.yaml'; Namespaced = 'yes' }
    @{ Phase = 'configuration'; Resource = 'NetworkPolicy.v1.networking.k8s.io'; Name = 'count-read-service'; File = 'networkpolicies/count-read-service.yaml'; Namespaced = 'yes' }
    @{ Phase = 'configuration'; Resource = 'NetworkPolicy.v1.networking.k8s.io'; Name = 'redis-replica'; File = 'networkpolicies/redis-replica.yaml'; Namespaced = 'yes' }
    @{ Phase = 'configuration'; Resource = 'NetworkPolicy.v1.networking.k8s.io'; Name = 'count-management-service'; File = 'networkpolicies/count-management-service.yaml'; Namespaced = 'yes' }
    @{ Phase = 'configuration'; Resource = 'NetworkPolicy.v1.networking.k8s.io'; Name = 'count-analysis-service'; File = 'networkpolicies/count-analysis-service.yaml'; Namespaced = 'yes' }
    @{ Phase = 'configuration'; Resource = 'NetworkPolicy.v1.networking.k8s.io'; Name = 'dashboard-provision-service'; File = 'networkpolicies/dashboard-provision-service.yaml'; Namespaced = 'yes' }
    @{ Phase = 'configuration'; Resource = 'NetworkPolicy.v1.networking.k8s.io'; Name = 'dashboard-update-service'; File = 'networkpolicies/dashboard-update-service.yaml'; Namespaced = 'yes' }
    @{ Phase = 'configuration'; Resource = 'NetworkPolicy.v1.networking.k8s.io'; Name = 'postgresql-init'; File = 'networkpolicies/postgresql-init.yaml'; Namespaced = 'yes' }
    @{ Phase = 'configuration'; Resource = 'NetworkPolicy.v1.networking.k8s.io'; Name = 'zookeeper'; File = 'networkpolicies/zookeeper.yaml'; Namespaced = 'yes' }
    @{ Phase = 'storage'; Resource = 'PersistentVolumeClaim.v1.'; Name = 'postgresql-data-postgresql-0'; File = 'persistentvolumeclaims/postgresql-pvc.yaml'; Namespaced = 'yes' }
    @{ Phase = 'storage'; Resource = 'PersistentVolumeClaim.v1.'; Name = 'redis-value-data-redis-value-0'; File = 'persistentvolumeclaims/redis-value-pvc.yaml'; Namespaced = 'yes' }
    @{ Phase = 'storage'; Resource = 'PersistentVolumeClaim.v1.'; Name = 'redis-replica-data-redis-replica-0'; File = 'persistentvolumeclaims/redis-replica-pvc.yaml'; Namespaced = 'yes' }
    @{ Phase = 'storage'; Resource = 'PersistentVolumeClaim.v1.'; Name = 'redis-cache-data-redis-cache-0'; File = 'persistentvolumeclaims/redis-cache-pvc.yaml'; Namespaced = 'yes' }
    @{ Phase = 'storage'; Resource = 'PersistentVolumeClaim.v1.'; Name = 'zookeeper-data'; File = 'persistentvolumeclaims/zookeeper-pvc.yaml'; Namespaced = 'yes' }
    @{ Phase = 'storage'; Resource = 'PersistentVolumeClaim.v1.'; Name = 'kafka-data'; File = 'persistentvolumeclaims/kafka-pvc.yaml'; Namespaced = 'yes' }
    @{ Phase = 'infrastructure'; Resource = 'Service.v1.'; Name = 'zookeeper'; File = 'services/zookeeper-service.yaml'; Namespaced = 'yes' }
    @{ Phase = 'infrastructure'; Resource = 'Service.v1.'; Name = 'kafka'; File = 'services/kafka-service.yaml'; Namespaced = 'yes' }
    @{ Phase = 'infrastructure'; Resource = 'Service.v1.'; Name = 'postgresql'; File = 'services/postgresql-service.yaml'; Namespaced = 'yes' }
    @{ Phase = 'infrastructure'; Resource = 'Service.v1.'; Name = 'redis-value'; File = 'services/redis-value-service.yaml'; Namespaced = 'yes' }
    @{ Phase = 'infrastructure'; Resource = 'Service.v1.'; Name = 'redis-replica'; File = 'services/redis-replica-service.yaml'; Namespaced = 'yes' }
    @{ Phase = 'infrastructure'; Resource = 'Service.v1.'; Name = 'redis-cache'; File = 'services/redis-cache-service.yaml'; Namespaced = 'yes' }
    @{ Phase = 'infrastructure'; Resource = 'Deployment.v1.apps'; Name = 'zookeeper'; File = 'deployments/zookeeper.yaml'; Namespaced = 'yes' }
    @{ Phase = 'infrastructure'; Resource = 'Deployment.v1.apps'; Name = 'kafka'; File = 'deployments/kafka.yaml'; Namespaced = 'yes' }
    @{ Phase = 'infrastructure'; Resource = 'StatefulSet.v1.apps'; Name = 'postgresql'; File = 'statefulsets/postgresql.yaml'; Namespaced = 'yes' }
    @{ Phase = 'infrastructure'; Resource = 'StatefulSet.v1.apps'; Name = 'redis-value'; File = 'statefulsets/redis-value.yaml'; Namespaced = 'yes' }
    @{ Phase = 'infrastructure'; Resource = 'StatefulSet.v1.apps'; Name = 'redis-replica'; File = 'statefulsets/redis-replica.yaml'; Namespaced = 'yes' }
    @{ Phase = 'infrastructure'; Resource = 'StatefulSet.v1.apps'; Name = 'redis-cache'; File = 'statefulsets/redis-cache.yaml'; Namespaced = 'yes' }
    @{ Phase = 'database-initialization'; Resource = 'Job.v1.batch'; Name = 'postgresql-init'; File = 'jobs/postgresql-init.yaml'; Namespaced = 'yes' }
    @{ Phase = 'services'; Resource = 'Service.v1.'; Name = 'count-write-service'; File = 'services/count-write-service.yaml'; Namespaced = 'yes' }
    @{ Phase = 'services'; Resource = 'PodDisruptionBudget.v1.policy'; Name = 'count-write-service'; File = 'poddisruptionbudgets/count-write-service.yaml'; Namespaced = 'yes' }
    @{ Phase = 'services'; Resource = 'Service.v1.'; Name = 'count-read-service'; File = 'services/count-read-service.yaml'; Namespaced = 'yes' }
    @{ Phase = 'services'; Resource = 'PodDisruptionBudget.v1.policy'; Name = 'count-read-service'; File = 'poddisruptionbudgets/count-read-service.yaml'; Namespaced = 'yes' }
    @{ Phase = 'services'; Resource = 'Service.v1.'; Name = 'count-management-service'; File = 'services/count-management-service.yaml'; Namespaced = 'yes' }
    @{ Phase = 'services'; Resource = 'PodDisruptionBudget.v1.policy'; Name = 'count-management-service'; File = 'poddisruptionbudgets/count-management-service.yaml'; Namespaced = 'yes' }
    @{ Phase = 'services'; Resource = 'Service.v1.'; Name = 'count-analysis-service'; File = 'services/count-analysis-service.yaml'; Namespaced = 'yes' }
    @{ Phase = 'services'; Resource = 'PodDisruptionBudget.v1.policy'; Name = 'count-analysis-service'; File = 'poddisruptionbudgets/count-analysis-service.yaml'; Namespaced = 'yes' }
    @{ Phase = 'services'; Resource = 'Service.v1.'; Name = 'dashboard-provision-service'; File = 'services/dashboard-provision-service.yaml'; Namespaced = 'yes' }
    @{ Phase = 'services'; Resource = 'PodDisruptionBudget.v1.policy'; Name = 'dashboard-provision-service'; File = 'poddisruptionbudgets/dashboard-provision-service.yaml'; Namespaced = 'yes' }
    @{ Phase = 'services'; Resource = 'Service.v1.'; Name = 'dashboard-update-service'; File = 'services/dashboard-update-service.yaml'; Namespaced = 'yes' }
    @{ Phase = 'services'; Resource = 'Deployment.v1.apps'; Name = 'count-write-service'; File = 'deployments/count-write-service.yaml'; Namespaced = 'yes' }
    @{ Phase = 'services'; Resource = 'Deployment.v1.apps'; Name = 'count-read-service'; File = 'deployments/count-read-service.yaml'; Namespaced = 'yes' }
    @{ Phase = 'services'; Resource = 'Deployment.v1.apps'; Name = 'count-management-service'; File = 'deployments/count-management-service.yaml'; Namespaced = 'yes' }
    @{ Phase = 'services'; Resource = 'Deployment.v1.apps'; Name = 'count-analysis-service'; File = 'deployments/count-analysis-service.yaml'; Namespaced = 'yes' }
    @{ Phase = 'services'; Resource = 'Deployment.v1.apps'; Name = 'dashboard-provision-service'; File = 'deployments/dashboard-provision-service.yaml'; Namespaced = 'yes' }
    @{ Phase = 'services'; Resource = 'Deployment.v1.apps'; Name = 'dashboard-update-service'; File = 'deployments/dashboard-update-service.yaml'; Namespaced = 'yes' }
    @{ Phase = 'ingress'; Resource = 'Ingress.v1.networking.k8s.io'; Name = 'count-system-ingress'; File = 'ingress/ingress.yaml'; Namespaced = 'yes' }
)
$Objects = @(
    @{ Phase = 'namespace'; Resource = 'Namespace.v1.'; Name = 'count-system' }
    @{ Phase = 'configuration'; Resource = 'ConfigMap.v1.'; Name = 'app-config' }
    @{ Phase = 'configuration'; Resource = 'ConfigMap.v1.'; Name = 'kafka-config' }
    @{ Phase = 'configuration'; Resource = 'ConfigMap.v1.'; Name = 'redis-config' }
    @{ Phase = 'configuration'; Resource = 'ConfigMap.v1.'; Name = 'postgresql-init-scripts' }
    @{ Phase = 'configuration'; Resource = 'Secret.v1.'; Name = 'postgresql-secret' }
    @{ Phase = 'configuration'; Resource = 'Secret.v1.'; Name = 'countinfo-secret' }
    @{ Phase = 'configuration'; Resource = 'Secret.v1.'; Name = 'dashboardconfig-secret' }
    @{ Phase = 'configuration'; Resource = 'NetworkPolicy.v1.networking.k8s.io'; Name = 'default-deny' }
    @{ Phase = 'configuration'; Resource = 'NetworkPolicy.v1.networking.k8s.io'; Name = 'allow-dns' }
    @{ Phase = 'configuration'; Resource = 'NetworkPolicy.v1.networking.k8s.io'; Name = 'count-write-service' }
    @{ Phase = 'configuration'; Resource = 'NetworkPolicy.v1.networking.k8s.io'; Name = 'postgresql' }
    @{ Phase = 'configuration'; Resource = 'NetworkPolicy.v1.networking.k8s.io'; Name = 'redis-value' }
    @{ Phase = 'configuration'; Resource = 'NetworkPolicy.v1.networking.k8s.io'; Name = 'redis-cache' }
    @{ Phase = 'configuration'; Resource = 'NetworkPolicy.v1.networking.k8s.io'; Name = 'kafka' }
    @{ Phase = 'configuration'; Resource = 'NetworkPolicy.v1.networking.k8s.io'; Name = 'count-read-service' }
    @{ Phase = 'configuration'; Resource = 'NetworkPolicy.v1.networking.k8s.io'; Name = 'redis-replica' }
    @{ Phase = 'configuration'; Resource = 'NetworkPolicy.v1.networking.k8s.io'; Name = 'count-management-service' }
    @{ Phase = 'configuration'; Resource = 'NetworkPolicy.v1.networking.k8s.io'; Name = 'count-analysis-service' }
    @{ Phase = 'configuration'; Resource = 'NetworkPolicy.v1.networking.k8s.io'; Name = 'dashboard-provision-service' }
    @{ Phase = 'configuration'; Resource = 'NetworkPolicy.v1.networking.k8s.io'; Name = 'dashboard-update-service' }
    @{ Phase = 'configuration'; Resource = 'NetworkPolicy.v1.networking.k8s.io'; Name = 'postgresql-init' }
    @{ Phase = 'configuration'; Resource = 'NetworkPolicy.v1.networking.k8s.io'; Name = 'zookeeper' }
    @{ Phase = 'storage'; Resource = 'PersistentVolumeClaim.v1.'; Name = 'postgresql-data-postgresql-0' }
    @{ Phase = 'storage'; Resource = 'PersistentVolumeClaim.v1.'; Name = 'redis-value-data-redis-value-0' }
    @{ Phase = 'storage'; Resource = 'PersistentVolumeClaim.v1.'; Name = 'redis-replica-data-redis-replica-0' }
    @{ Phase = 'storage'; Resource = 'PersistentVolumeClaim.v1.'; Name = 'redis-cache-data-redis-cache-0' }
    @{ Phase = 'storage'; Resource = 'PersistentVolumeClaim.v1.'; Name = 'zookeeper-data' }
    @{ Phase = 'storage'; Resource = 'PersistentVolumeClaim.v1.'; Name = 'kafka-data' }
    @{ Phase = 'infrastructure'; Resource = 'Service.v1.'; Name = 'zookeeper' }
    @{ Phase = 'infrastructure'; Resource = 'Service.v1.'; Name = 'kafka' }
    @{ Phase = 'infrastructure'; Resource = 'Service.v1.'; Name = 'postgresql' }
    @{ Phase = 'infrastructure'; Resource = 'Service.v1.'; Name = 'redis-value' }
    @{ Phase = 'infrastructure'; Resource = 'Service.v1.'; Name = 'redis-replica' }
    @{ Phase = 'infrastructure'; Resource = 'Service.v1.'; Name = 'redis-cache' }
    @{ Phase = 'infrastructure'; Resource = 'Deployment.v1.apps'; Name = 'zookeeper' }
    @{ Phase = 'infrastructure'; Resource = 'Deployment.v1.apps'; Name = 'kafka' }
    @{ Phase = 'infrastructure'; Resource = 'StatefulSet.v1.apps'; Name = 'postgresql' }
    @{ Phase = 'infrastructure'; Resource = 'StatefulSet.v1.apps'; Name = 'redis-value' }
    @{ Phase = 'infrastructure'; Resource = 'StatefulSet.v1.apps'; Name = 'redis-replica' }
    @{ Phase = 'infrastructure'; Resource = 'StatefulSet.v1.apps'; Name = 'redis-cache' }
    @{ Phase = 'database-initialization'; Resource = 'Job.v1.batch'; Name = 'postgresql-init' }
    @{ Phase = 'services'; Resource = 'Service.v1.'; Name = 'count-write-service' }
    @{ Phase = 'services'; Resource = 'PodDisruptionBudget.v1.policy'; Name = 'count-write-service' }
    @{ Phase = 'services'; Resource = 'Service.v1.'; Name = 'count-read-service' }
    @{ Phase = 'services'; Resource = 'PodDisruptionBudget.v1.policy'; Name = 'count-read-service' }
    @{ Phase = 'services'; Resource = 'Service.v1.'; Name = 'count-management-service' }
    @{ Phase = 'services'; Resource = 'PodDisruptionBudget.v1.policy'; Name = 'count-management-service' }
    @{ Phase = 'services'; Resource = 'Service.v1.'; Name = 'count-analysis-service' }
    @{ Phase = 'services'; Resource = 'PodDisruptionBudget.v1.policy'; Name = 'count-analysis-service' }
    @{ Phase = 'services'; Resource = 'Service.v1.'; Name = 'dashboard-provision-service' }
    @{ Phase = 'services'; Resource = 'PodDisruptionBudget.v1.policy'; Name = 'dashboard-provision-service' }
    @{ Phase = 'services'; Resource = 'Service.v1.'; Name = 'dashboard-update-service' }
    @{ Phase = 'services'; Resource = 'Deployment.v1.apps'; Name = 'count-write-service' }
    @{ Phase = 'services'; Resource = 'Deployment.v1.apps'; Name = 'count-read-service' }
    @{ Phase = 'services'; Resource = 'Deployment.v1.apps'; Name = 'count-management-service' }
    @{ Phase = 'services'; Resource = 'Deployment.v1.apps'; Name = 'count-analysis-service' }
    @{ Phase = 'services'; Resource = 'Deployment.v1.apps'; Name = 'dashboard-provision-service' }
    @{ Phase = 'services'; Resource = 'Deployment.v1.apps'; Name = 'dashboard-update-service' }
    @{ Phase = 'ingress'; Resource = 'Ingress.v1.networking.k8s.io'; Name = 'count-system-ingress' }
)
$Workloads = @(
    @{ Phase = 'infrastructure'; Kind = 'Deployment'; Name = 'zookeeper'; ReadyWithin = '195' }
    @{ Phase = 'infrastructure'; Kind = 'Deployment'; Name = 'kafka'; ReadyWithin = '315' }
    @{ Phase = 'infrastructure'; Kind = 'StatefulSet'; Name = 'postgresql'; ReadyWithin = '315' }
    @{ Phase = 'infrastructure'; Kind = 'StatefulSet'; Name = 'redis-value'; ReadyWithin = '315' }
    @{ Phase = 'infrastructure'; Kind = 'StatefulSet'; Name = 'redis-replica'; ReadyWithin = '315' }
    @{ Phase = 'infrastructure'; Kind = 'StatefulSet'; Name = 'redis-cache'; ReadyWithin = '315' }
    @{ Phase = 'database-initialization'; Kind = 'Job'; Name = 'postgresql-init'; ReadyWithin = '0' }
    @{ Phase = 'services'; Kind = 'Deployment'; Name = 'count-write-service'; ReadyWithin = '205' }
    @{ Phase = 'services'; Kind = 'Deployment'; Name = 'count-read-service'; ReadyWithin = '85' }
    @{ Phase = 'services'; Kind = 'Deployment'; Name = 'count-management-service'; ReadyWithin = '85' }
    @{ Phase = 'services'; Kind = 'Deployment'; Name = 'count-analysis-service'; ReadyWithin = '85' }
    @{ Phase = 'services'; Kind = 'Deployment'; Name = 'dashboard-provision-service'; ReadyWithin = '85' }
    @{ Phase = 'services'; Kind = 'Deployment'; Name = 'dashboard-update-service'; ReadyWithin = '85' }
)
$JobClaims = @(
    @{ Job = 'postgresql-init'; Claim = 'postgresql-data-postgresql-0' }
)
$Secrets = @(
    @{ Phase = 'configuration'; Name = 'postgresql-secret'; Object = '{"apiVersion":"v1","kind":"Secret","metadata":{"labels":{"app.kubernetes.io/managed-by":"cdk8s","app.kubernetes.io/part-of":"count-system","environment":"production"},"name":"postgresql-secret","namespace":"count-system"},"type":"Opaque"}' }
    @{ Phase = 'configuration'; Name = 'countinfo-secret'; Object = '{"apiVersion":"v1","kind":"Secret","metadata":{"labels":{"app.kubernetes.io/managed-by":"cdk8s","app.kubernetes.io/part-of":"count-system","environment":"production"},"name":"countinfo-secret","namespace":"count-system"},"type":"Opaque"}' }
    @{ Phase = 'configuration'; Name = 'dashboardconfig-secret'; Object = '{"apiVersion":"v1","kind":"Secret","metadata":{"labels":{"app.kubernetes.io/managed-by":"cdk8s","app.kubernetes.io/part-of":"count-system","environment":"production"},"name":"dashboardconfig-secret","namespace":"count-system"},"type":"Opaque"}' }
)
$SecretKeys = @(
    @{ Secret = 'postgresql-secret'; Key = 'username'; Variable = 'POSTGRESQL_USERNAME'; Default = 'countuser' }
    @{ Secret = 'postgresql-secret'; Key = 'password'; Variable = 'POSTGRESQL_PASSWORD'; Default = '' }
    @{ Secret = 'countinfo-secret'; Key = 'username'; Variable = 'COUNTINFO_USERNAME'; Default = 'countinfo' }
    @{ Secret = 'countinfo-secret'; Key = 'password'; Variable = 'COUNTINFO_PASSWORD'; Default = '' }
    @{ Secret = 'dashboardconfig-secret'; Key = 'username'; Variable = 'DASHBOARDCONFIG_USERNAME'; Default = 'dashboardconfig' }
    @{ Secret = 'dashboardconfig-secret'; Key = 'password'; Variable = 'DASHBOARDCONFIG_PASSWORD'; Default = '' }
)
$SecretReaders = @(
    @{ Secret = 'postgresql-secret'; Kind = 'StatefulSet'; Name = 'postgresql' }
    @{ Secret = 'postgresql-secret'; Kind = 'Job'; Name = 'postgresql-init' }
    @{ Secret = 'countinfo-secret'; Kind = 'Job'; Name = 'postgresql-init' }
    @{ Secret = 'countinfo-secret'; Kind = 'Deployment'; Name = 'count-write-service' }
    @{ Secret = 'countinfo-secret'; Kind = 'Deployment'; Name = 'count-read-service' }
    @{ Secret = 'countinfo-secret'; Kind = 'Deployment'; Name = 'count-management-service' }
    @{ Secret = 'dashboardconfig-secret'; Kind = 'Job'; Name = 'postgresql-init' }
    @{ Secret = 'dashboardconfig-secret'; Kind = 'Deployment'; Name = 'dashboard-provision-service' }
)
$SecretClaims = @(
    @{ Secret = 'postgresql-secret'; Claim = 'postgresql-data-postgresql-0' }
)
$Addresses = @(
    @{ Phase = 'ingress'; Address = 'http://count-system.local/' }
    @{ Phase = 'ingress'; Address = 'http://read.count-system.local/' }
)
$PlaceTemplate = '{{define `one` -}}
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
$ObjectsTemplate = '{{define `one` -}}
{{$separator := `` -}}
{{.kind}}/{{.metadata.name}}|
{{- range $number, $fields := .metadata.managedFields}}{{if and (eq $fields.manager `kubectl-client-side-apply`) (not $fields.subresource)}}{{$separator}}{{$number}}{{$separator = ` `}}{{end}}{{end}}|
{{- range .metadata.managedFields}}{{if and (eq .manager `cdk8s-backend`) (eq .operation `Apply`)}}own{{end}}{{end}}
{{- printf ` %#v %#v` .metadata.labels .metadata.annotations}}
{{- range $name, $value := .}}{{if not (or (eq $name `metadata`) (eq $name `status`) (eq $name `apiVersion`))}}{{printf ` %s=%#v` $name $value}}{{end}}{{end}}
{{end -}}
{{if .items}}{{range .items}}{{template `one` .}}{{end}}{{else}}{{template `one` .}}{{end -}}
'
$StatusTemplate = '{{- range .items -}}
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
$ChangesTemplate = '{{$workload := printf `%s/%s` .kind .metadata.name -}}
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
$ExternalSecretsTemplate = '{{- range .items}}{{if eq .kind `ExternalSecret` -}}
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
$SecretsTemplate = '{{define `one` -}}
Secret|{{.metadata.name}}|{{range .metadata.managedFields}}{{if index .fieldsV1 `f:data`}}{{.time}} {{end}}{{end}}|{{with .metadata.annotations}}{{if index . `kubectl.kubernetes.io/last-applied-configuration`}}applied{{end}}{{end}}
{{range $key, $value := .data}}{{$key}} {{$value}}
{{end}}{{end -}}
{{if .items}}{{range .items}}{{template `one` .}}{{end}}{{else}}{{template `one` .}}{{end -}}
'
$EventsTemplate = '{{range .items}}{{.involvedObject.name}}|{{.reason}}|{{printf `%q` .message}}
{{end -}}
'
$Options = @(
    @{ Name = 'context'; Value = 'text'; Choices = ''; ArgumentKo = '이름'; ArgumentEn = 'NAME'; HelpKo = 'kubeconfig의 컨텍스트. 생략하면 현재 컨텍스트'; HelpEn = 'Context of the kubeconfig. Default is the current one' }
    @{ Name = 'timeout'; Value = 'number'; Choices = ''; ArgumentKo = '초'; ArgumentEn = 'SECONDS'; HelpKo = '전체 실행의 제한 시간. 기본값 900'; HelpEn = 'Time limit of the whole run. Default 900' }
    @{ Name = 'schedule-grace'; Value = 'number'; Choices = ''; ArgumentKo = '초'; ArgumentEn = 'SECONDS'; HelpKo = '노드에 배치되지 못한 Pod를 기다리는 시간. 기본값 120'; HelpEn = 'How long a pod may stay without a node. Default 120' }
    @{ Name = 'only'; Value = 'choice'; Choices = 'namespace configuration storage infrastructure database-initialization services ingress'; ArgumentKo = '단계'; ArgumentEn = 'PHASE'; HelpKo = '이 단계만 배포 (여러 번 지정 가능)'; HelpEn = 'Deploy this step alone (may be given several times)' }
    @{ Name = 'dry-run'; Value = ''; Choices = ''; ArgumentKo = ''; ArgumentEn = ''; HelpKo = '서버에서 검사하고 무엇이 바뀔지 보여 줄 뿐, 아무것도 쓰지 않음'; HelpEn = 'Check on the server and show what would change; write nothing' }
    @{ Name = 'diff'; Value = ''; Choices = ''; ArgumentKo = ''; ArgumentEn = ''; HelpKo = '--dry-run처럼 검사하고 차이도 보여 줌 (diff 프로그램 필요)'; HelpEn = 'As --dry-run, and show the differences (needs the program diff)' }
    @{ Name = 'status'; Value = ''; Choices = ''; ArgumentKo = ''; ArgumentEn = ''; HelpKo = '무엇이 배포되어 있고 준비되지 않은 것과 다른 것이 무엇인지 보여 줌. 준비되지 않은 것이 있거나 배포되어 있지 않으면 1로 종료'; HelpEn = 'Show what is deployed, what is not ready and why, and what differs; ends with 1 if something is not ready or nothing is deployed' }
    @{ Name = 'prune'; Value = ''; Choices = ''; ArgumentKo = ''; ArgumentEn = ''; HelpKo = '이전에 배포했지만 이제 폴더에 없는 객체를 삭제 (데이터, Secret, 네임스페이스는 제외)'; HelpEn = 'Delete what was deployed before and is no longer in the folder (never data, Secrets, the namespace)' }
    @{ Name = 'rotate'; Value = 'choice'; Choices = 'postgresql-secret countinfo-secret dashboardconfig-secret'; ArgumentKo = '이름'; ArgumentEn = 'NAME'; HelpKo = '이 Secret의 비밀번호를 환경 변수의 값이나 새 값으로 교체하고, 읽는 것을 다시 시작 (여러 번 지정 가능)'; HelpEn = 'Replace this Secret''s passwords, by the variables'' values or new ones, and restart its readers (may be given several times)' }
    @{ Name = 'environment'; Value = 'text'; Choices = ''; ArgumentKo = '이름'; ArgumentEn = 'NAME'; HelpKo = '네임스페이스가 다른 환경의 것이어도 진행. 이름은 이 폴더의 환경'; HelpEn = 'Go on although the namespace belongs to another environment. NAME is this folder''s environment' }
    @{ Name = 'force-conflicts'; Value = ''; Choices = ''; ArgumentKo = ''; ArgumentEn = ''; HelpKo = '다른 사람이나 프로그램이 바꾼 필드도 덮어씀'; HelpEn = 'Overwrite fields that others have changed' }
    @{ Name = 'force-unlock'; Value = ''; Choices = ''; ArgumentKo = ''; ArgumentEn = ''; HelpKo = '다른 실행의 잠금을 빼앗음. 그 실행은 멈춤'; HelpEn = 'Take the lock from another run, which then stops' }
    @{ Name = 'rollback-on-failure'; Value = ''; Choices = ''; ArgumentKo = ''; ArgumentEn = ''; HelpKo = '실패하면 이 실행이 바꾼 것을 이전 상태로 되돌림'; HelpEn = 'On failure put back what this run changed' }
    @{ Name = 'json'; Value = ''; Choices = ''; ArgumentKo = ''; ArgumentEn = ''; HelpKo = '메시지를 한 줄에 하나씩 JSON으로 출력'; HelpEn = 'Print each message as one line of JSON' }
    @{ Name = 'yes'; Value = ''; Choices = ''; ArgumentKo = ''; ArgumentEn = ''; HelpKo = '묻지 않고 진행. 터미널이 없으면 --context 또는 --yes가 필요'; HelpEn = 'Do not ask. Without a terminal, --context or --yes is needed' }
    @{ Name = 'lang'; Value = 'choice'; Choices = 'ko en'; ArgumentKo = 'ko|en'; ArgumentEn = 'ko|en'; HelpKo = '메시지 언어. 생략하면 로캘에 따름'; HelpEn = 'Language of the messages. Default follows the locale' }
    @{ Name = 'with-ingress'; Value = ''; Choices = ''; ArgumentKo = ''; ArgumentEn = ''; HelpKo = '''Ingress 배포'' 단계도 배포'; HelpEn = 'Also deploy the step ''Ingress''' }
    @{ Name = 'help'; Value = ''; Choices = ''; ArgumentKo = ''; ArgumentEn = ''; HelpKo = '이 도움말'; HelpEn = 'This text' }
)
$Messages = @(
    @{ Key = 'help_usage'; Arguments = 'script'; Ko = '사용법: {0} [옵션]'; En = 'Usage: {0} [options]' }
    @{ Key = 'help_options'; Arguments = ''; Ko = '옵션 (--옵션=값 형식도 가능):'; En = 'Options (--option=value works too):' }
    @{ Key = 'see_help'; Arguments = ''; Ko = '옵션 목록은 --help로 볼 수 있습니다.'; En = '--help lists the options.' }
    @{ Key = 'option_needs_value'; Arguments = 'option'; Ko = '오류: {0} 옵션에 값이 필요합니다.'; En = 'Error: option {0} needs a value.' }
    @{ Key = 'option_takes_no_value'; Arguments = 'option'; Ko = '오류: {0} 옵션은 값을 받지 않습니다.'; En = 'Error: option {0} takes no value.' }
    @{ Key = 'option_unknown'; Arguments = 'option'; Ko = '오류: 알 수 없는 옵션 {0}'; En = 'Error: unknown option {0}' }
    @{ Key = 'argument_unknown'; Arguments = 'argument'; Ko = '오류: 알 수 없는 인수 {0}'; En = 'Error: unknown argument {0}' }
    @{ Key = 'choice_wrong'; Arguments = 'option value choices'; Ko = '오류: {0} {1}: 다음 중 하나여야 합니다: {2}'; En = 'Error: {0} {1}: it must be one of {2}' }
    @{ Key = 'number_wrong'; Arguments = 'option value'; Ko = '오류: {0} {1}: 1 이상의 정수여야 합니다.'; En = 'Error: {0} {1}: it must be a whole number from 1.' }
    @{ Key = 'interrupted'; Arguments = ''; Ko = '중단되었습니다.'; En = 'Interrupted.' }
    @{ Key = 'help_exit_codes'; Arguments = ''; Ko = '종료 코드: 0 완료, 1 실패, 2 잘못된 사용, 70 시간 초과, 130 중단'; En = 'Exit codes: 0 done, 1 failed, 2 wrong usage, 70 timed out, 130 interrupted' }
    @{ Key = 'kubectl_missing'; Arguments = 'version'; Ko = '오류: kubectl을 찾을 수 없습니다. kubectl {0} 이상을 설치하세요.'; En = 'Error: kubectl is not found. Install kubectl {0} or later.' }
    @{ Key = 'kubectl_unknown'; Arguments = 'found version'; Ko = '오류: kubectl의 버전({0})을 알 수 없습니다. {1} 이상이 필요합니다.'; En = 'Error: kubectl''s version ({0}) is not known. {1} or later is needed.' }
    @{ Key = 'kubectl_old'; Arguments = 'found version'; Ko = '오류: kubectl {0}은(는) 너무 오래되었습니다. {1} 이상이 필요합니다.'; En = 'Error: kubectl {0} is too old. {1} or later is needed.' }
    @{ Key = 'context_none'; Arguments = ''; Ko = '오류: kubeconfig에 현재 컨텍스트가 없습니다. --context 이름으로 지정하세요.'; En = 'Error: the kubeconfig has no current context. Give one with --context NAME.' }
    @{ Key = 'context_absent'; Arguments = 'context contexts'; Ko = '오류: kubeconfig에 컨텍스트 {0}이(가) 없습니다. 있는 것: {1}'; En = 'Error: the kubeconfig has no context {0}. It has: {1}' }
    @{ Key = 'context_or_yes'; Arguments = ''; Ko = '오류: 터미널이 아닌 곳에서는 --context 이름 또는 --yes가 필요합니다.'; En = 'Error: without a terminal, --context NAME or --yes is needed.' }
    @{ Key = 'cancelled'; Arguments = ''; Ko = '취소되었습니다. 변경된 것은 없습니다.'; En = 'Cancelled. Nothing was changed.' }
    @{ Key = 'api_away'; Arguments = 'context reason'; Ko = '오류: 컨텍스트 {0}의 API 서버가 응답하지 않습니다: {1}'; En = 'Error: the API server of context {0} does not answer: {1}' }
    @{ Key = 'outage'; Arguments = 'reason'; Ko = 'API 서버가 응답하지 않아 다시 시도합니다: {0}'; En = 'the API server does not answer, trying again: {0}' }
    @{ Key = 'kubectl'; Arguments = 'line'; Ko = '    {0}'; En = '    {0}' }
    @{ Key = 'lock_held'; Arguments = 'holder since age left'; Ko = '오류: 다른 실행이 진행 중입니다: {0}, 시작 {1}, {2}초 전에 갱신.
  끝나기를 기다리거나, 그 실행이 죽었다면 {3}초 뒤에 다시 실행하세요. --force-unlock은 잠금을 빼앗고 그 실행을 멈춥니다.'; En = 'Error: another run is under way: {0}, since {1}, last seen {2} s ago.
  Wait for it. If it is dead, its lock ends in {3} s. --force-unlock takes the lock, and the other run stops.' }
    @{ Key = 'lock_taken'; Arguments = 'holder'; Ko = '{0}의 잠금을 넘겨받았습니다.'; En = 'The lock of {0} was taken over.' }
    @{ Key = 'lock_lost'; Arguments = ''; Ko = '오류: 다른 실행이 잠금을 가져갔으므로 멈춥니다. 지금까지 적용한 것은 그대로 남아 있습니다.'; En = 'Error: another run has taken the lock, so this one stops. What it has applied stays.' }
    @{ Key = 'lock_failed'; Arguments = ''; Ko = '오류: 잠금(Lease)을 쓰지 못했습니다.'; En = 'Error: the lock (a Lease) could not be written.' }
    @{ Key = 'environment_wrong'; Arguments = 'given environment'; Ko = '오류: --environment {0}: 이 폴더의 환경은 {1}입니다.'; En = 'Error: --environment {0}: this folder''s environment is {1}.' }
    @{ Key = 'environment_differs'; Arguments = 'namespace live environment environment_again'; Ko = '오류: 네임스페이스 {0}의 환경은 {1}이고, 이 폴더의 환경은 {2}입니다. 아무것도 쓰지 않았습니다.
  정말 바꾸려면 --environment {3}을(를) 지정하세요.'; En = 'Error: the namespace {0} belongs to the environment {1}, and this folder to {2}. Nothing was written.
  If it is meant to change, say --environment {3}.' }
    @{ Key = 'leaving'; Arguments = 'objects seconds'; Ko = '  삭제 중: {0} [{1}초]'; En = '  on the way out: {0} [{1} s]' }
    @{ Key = 'namespace_leaving'; Arguments = 'namespace'; Ko = '오류: 네임스페이스 {0}이(가) 삭제되는 중입니다. 삭제가 끝난 뒤 다시 실행하세요.'; En = 'Error: the namespace {0} is being deleted. Run again when it is gone.' }
    @{ Key = 'target'; Arguments = 'context namespace environment'; Ko = '컨텍스트 {0}, 네임스페이스 {1}, 환경 {2}'; En = 'Context {0}, namespace {1}, environment {2}' }
    @{ Key = 'timed_out'; Arguments = 'seconds'; Ko = '오류: 제한 시간 {0}초를 넘었습니다.'; En = 'Error: the time limit of {0} s is over.' }
    @{ Key = 'read_failed'; Arguments = 'what'; Ko = '오류: 클러스터에서 {0}을(를) 읽지 못했습니다.'; En = 'Error: reading {0} from the cluster failed.' }
    @{ Key = 'write_failed'; Arguments = 'object'; Ko = '오류: {0}을(를) 쓰지 못했습니다.'; En = 'Error: writing {0} failed.' }
    @{ Key = 'delete_failed'; Arguments = 'object'; Ko = '오류: {0} 삭제에 실패했습니다.'; En = 'Error: deleting {0} failed.' }
    @{ Key = 'help_summary'; Arguments = 'title namespace environment'; Ko = '{0}을(를) 네임스페이스 {1}에 배포합니다 (환경 {2}).'; En = 'Deploys {0} to the namespace {1} (environment {2}).' }
    @{ Key = 'help_variables'; Arguments = ''; Ko = '환경 변수 (Secret의 값. 없으면 클러스터의 값을 유지하고, 거기에도 없으면 새로 만듭니다):'; En = 'Environment variables (values of Secrets; without one the cluster''s value stays, or a new one is made):' }
    @{ Key = 'output'; Arguments = 'line'; Ko = '{0}'; En = '{0}' }
    @{ Key = 'help_phases'; Arguments = ''; Ko = '단계 (--only의 값):'; En = 'Steps (values of --only):' }
    @{ Key = 'namespace_new'; Arguments = 'namespace'; Ko = '네임스페이스 {0}이(가) 아직 없습니다. 나머지는 그 안에서만 검사할 수 있으므로, 배포할 때 첫 단계 뒤에 검사합니다.'; En = 'The namespace {0} is not there yet. The rest can be checked only in it: a deployment does so after its first step.' }
    @{ Key = 'namespace_missing'; Arguments = 'namespace'; Ko = '오류: 네임스페이스 {0}이(가) 없고, 이 실행의 단계는 그것을 만들지 않습니다.'; En = 'Error: the namespace {0} is not there, and the steps of this run do not make it.' }
    @{ Key = 'not_deployed'; Arguments = 'namespace'; Ko = '배포되어 있지 않음: 네임스페이스 {0}이(가) 없습니다.'; En = 'Not deployed: there is no namespace {0}.' }
    @{ Key = 'object_conflict'; Arguments = 'object'; Ko = '오류: {0}: 다른 사람이나 프로그램이 바꾼 필드가 있습니다. 덮어쓰려면 --force-conflicts를 지정하세요.'; En = 'Error: {0}: others have changed fields of it. --force-conflicts overwrites them.' }
    @{ Key = 'object_immutable'; Arguments = 'object'; Ko = '오류: {0}: 만든 뒤에는 바꿀 수 없는 필드가 바뀌었습니다.'; En = 'Error: {0}: a field that cannot change once it is made has changed.' }
    @{ Key = 'object_refused'; Arguments = 'object'; Ko = '오류: {0}: API 서버가 받아들이지 않습니다.'; En = 'Error: {0}: the API server refuses it.' }
    @{ Key = 'immutable_set'; Arguments = 'context namespace name'; Ko = '  Pod와 데이터를 남긴 채 다시 만들려면: kubectl --context {0} --namespace {1} delete statefulset {2} --cascade=orphan, 그리고 다시 배포. 클레임의 크기는 스토리지 클래스가 허용하면 PersistentVolumeClaim에서 바꿉니다.'; En = '  To make it anew and keep pods and data: kubectl --context {0} --namespace {1} delete statefulset {2} --cascade=orphan, then deploy again. A claim''s size is changed in the PersistentVolumeClaim, where its class allows it.' }
    @{ Key = 'immutable_claim'; Arguments = 'name'; Ko = '  데이터가 들어 있습니다. 파일의 값을 되돌리거나, 데이터를 백업하고 PersistentVolumeClaim {0}을(를) 지운 뒤 복원하세요.'; En = '  It holds data. Put the file''s value back, or back up the data, delete the PersistentVolumeClaim {0} and restore.' }
    @{ Key = 'immutable_other'; Arguments = 'context namespace object'; Ko = '  다시 만들려면 (그동안 쓸 수 없음): kubectl --context {0} --namespace {1} delete {2}, 그리고 다시 배포.'; En = '  To make it anew (it is away meanwhile): kubectl --context {0} --namespace {1} delete {2}, then deploy again.' }
    @{ Key = 'preflight_failed'; Arguments = 'count'; Ko = '문제가 있는 객체 {0}개. 이 검사 전까지 아무것도 적용하지 않았습니다.'; En = 'Objects with a problem: {0}. Nothing was applied.' }
    @{ Key = 'would_create'; Arguments = 'object'; Ko = '  생성: {0}'; En = '  would create {0}' }
    @{ Key = 'would_change'; Arguments = 'object'; Ko = '  변경: {0}'; En = '  would change {0}' }
    @{ Key = 'previewed'; Arguments = 'count'; Ko = '생성하거나 변경할 객체: {0}개. 아무것도 쓰지 않았습니다.'; En = 'Objects to create or change: {0}. Nothing was written.' }
    @{ Key = 'diff_failed'; Arguments = ''; Ko = '오류: 차이를 보여 주지 못했습니다. diff 프로그램이 필요합니다.'; En = 'Error: the differences could not be shown. The program diff is needed.' }
    @{ Key = 'taken_over'; Arguments = 'object'; Ko = '{0}: kubectl apply로 만든 것을 넘겨받습니다.'; En = '{0}: taking over what kubectl apply has made.' }
    @{ Key = 'undone'; Arguments = 'object'; Ko = '{0}: kubectl rollout undo로 되돌린 필드를 이 폴더의 것으로 바꿉니다.'; En = '{0}: what kubectl rollout undo has put back becomes this folder''s again.' }
    @{ Key = 'copy_removed'; Arguments = 'secret'; Ko = 'Secret {0}: 값이 복사되어 있던 어노테이션을 지웁니다.'; En = 'Secret {0}: removing the annotation that holds a copy of its values.' }
    @{ Key = 'secret_write'; Arguments = 'secret keys'; Ko = 'Secret {0}: 키를 씁니다: {1}'; En = 'Secret {0}: writing the keys {1}' }
    @{ Key = 'rotate_left_out'; Arguments = 'secret phase option'; Ko = '오류: --rotate가 바꿀 Secret {0}의 단계 {1}이(가) 이 실행에 없습니다. {2}도 지정하세요.'; En = 'Error: --rotate would change the Secret {0}, whose step {1} is left out of this run. Give {2} too.' }
    @{ Key = 'secret_rotate_bound'; Arguments = 'secret claims context namespace'; Ko = '오류: Secret {0}: 이 비밀번호는 데이터({1}) 안에도 있어 Secret만 바꿀 수 없습니다.
  (1) 데이터베이스에서 비밀번호를 바꾸고, (2) kubectl --context {2} --namespace {3} edit secret으로 같은 값을 넣은 뒤, (3) 다시 배포하세요. 읽는 것은 배포가 다시 시작합니다.'; En = 'Error: Secret {0}: its passwords are also in the data ({1}), so that the Secret alone cannot be changed.
  (1) Change the password in the database, (2) put the same value into the Secret (kubectl --context {2} --namespace {3} edit secret), (3) deploy again, which restarts the readers.' }
    @{ Key = 'job_claim_changed'; Arguments = 'job'; Ko = 'Job/{0}: 데이터베이스의 PersistentVolumeClaim이 새것이므로 삭제하고 다시 실행합니다.'; En = 'Job/{0}: its database''s claim is a new one; deleting it and running it again.' }
    @{ Key = 'freeing'; Arguments = 'pod reason'; Ko = '  Pod/{0} 삭제: 이전 버전({1})이 새 버전을 막고 있습니다.'; En = '  Pod/{0}: deleting it; of an older revision ({1}), it keeps the new one from starting.' }
    @{ Key = 'workload_failed'; Arguments = 'workload pod reason message'; Ko = '오류: {0}이(가) 준비될 수 없습니다. Pod/{1}: {2} {3}'; En = 'Error: {0} cannot become ready. Pod/{1}: {2} {3}' }
    @{ Key = 'workload_stalled'; Arguments = 'workload reason message'; Ko = '오류: {0}이(가) 준비될 수 없습니다: {1} {2}'; En = 'Error: {0} cannot become ready: {1} {2}' }
    @{ Key = 'never_ready'; Arguments = 'workload pod'; Ko = '오류: {0}: Pod/{1}이(가) 실행 중이지만 준비되지 않으며, 프로브의 시간이 지났습니다.'; En = 'Error: {0}: Pod/{1} runs but does not become ready, and the time of its probes is over.' }
    @{ Key = 'pod_before'; Arguments = 'pod container reason message'; Ko = '    Pod/{0}: 컨테이너 {1}의 이전 실행: {2} {3}'; En = '    Pod/{0}: container {1} ended before: {2} {3}' }
    @{ Key = 'log_line'; Arguments = 'line'; Ko = '      {0}'; En = '      {0}' }
    @{ Key = 'look_further'; Arguments = ''; Ko = '더 살펴보거나 되돌리려면:'; En = 'To look further, or to undo:' }
    @{ Key = 'command'; Arguments = 'line'; Ko = '  {0}'; En = '  {0}' }
    @{ Key = 'rolling_back'; Arguments = ''; Ko = '실패했으므로 이 실행이 바꾼 것을 되돌립니다.'; En = 'Putting back what this run has changed, because it failed.' }
    @{ Key = 'rolled_back'; Arguments = ''; Ko = '되돌렸습니다. 데이터, Secret, 네임스페이스, Job은 그대로입니다.'; En = 'Put back. Data, Secrets, namespace and Jobs are as they were left.' }
    @{ Key = 'rollback_failed'; Arguments = ''; Ko = '오류: 되돌리지 못했습니다.'; En = 'Error: it could not be put back.' }
    @{ Key = 'changed'; Arguments = 'objects'; Ko = '바뀐 것: {0}'; En = 'changed: {0}' }
    @{ Key = 'unchanged'; Arguments = ''; Ko = '바뀐 것 없음'; En = 'nothing changed' }
    @{ Key = 'times'; Arguments = 'phases'; Ko = '걸린 시간(초): {0}'; En = 'seconds: {0}' }
    @{ Key = 'address'; Arguments = 'address'; Ko = '주소: {0}'; En = 'address: {0}' }
    @{ Key = 'orphans'; Arguments = 'objects'; Ko = '이전에 배포했지만 이제 폴더에 없는 것 (--prune으로 삭제, 데이터와 Secret은 제외): {0}'; En = 'deployed before and no longer in the folder (--prune deletes them, but never data and Secrets): {0}' }
    @{ Key = 'orphan_kept'; Arguments = 'object'; Ko = '{0}: 이제 폴더에 없지만 삭제하지 않습니다 (데이터, Secret, Secret을 만드는 ExternalSecret, 네임스페이스).'; En = '{0}: no longer in the folder, and kept (data, a Secret, an ExternalSecret that makes one, or the namespace).' }
    @{ Key = 'orphan_foreign'; Arguments = 'object'; Ko = '{0}: 이제 폴더에 없고, 이미 없거나 이 시스템의 라벨이 없어 삭제하지 않습니다.'; En = '{0}: no longer in the folder; not deleted, because it is gone already or lacks this system''s label.' }
    @{ Key = 'pruning'; Arguments = 'object'; Ko = '{0} 삭제'; En = 'deleting {0}' }
    @{ Key = 'deployed'; Arguments = 'version hash'; Ko = '배포된 버전 {0}, 해시 {1}'; En = 'deployed version {0}, hash {1}' }
    @{ Key = 'lock_is_held'; Arguments = 'holder since'; Ko = '진행 중인 실행: {0}, 시작 {1}'; En = 'a run is under way: {0}, since {1}' }
    @{ Key = 'all_ready'; Arguments = 'count'; Ko = '모두 준비됨: {0}개'; En = 'all ready: {0}' }
    @{ Key = 'differs'; Arguments = 'object'; Ko = '폴더와 다름: {0}'; En = 'differs from the folder: {0}' }
    @{ Key = 'nothing_differs'; Arguments = ''; Ko = '폴더와 다른 것 없음'; En = 'nothing differs from the folder' }
    @{ Key = 'started'; Arguments = 'title'; Ko = '=== {0} 배포 시작 ==='; En = '=== Deployment of {0}: start ===' }
    @{ Key = 'finished'; Arguments = 'title'; Ko = '=== {0} 배포 완료 ==='; En = '=== Deployment of {0}: done ===' }
    @{ Key = 'files_missing'; Arguments = 'folder files'; Ko = '오류: {0} 폴더에 파일이 없거나 읽을 수 없습니다: {1}'; En = 'Error: {0} lacks these files, or they cannot be read: {1}' }
    @{ Key = 'confirm'; Arguments = 'context namespace'; Ko = '컨텍스트 {0}의 네임스페이스 {1}에 배포할까요? [y/N] '; En = 'Deploy to context {0}, namespace {1}? [y/N] ' }
    @{ Key = 'phase_started'; Arguments = 'number total title'; Ko = '[{0}/{1}] {2}'; En = '[{0}/{1}] {2}' }
    @{ Key = 'apply_failed'; Arguments = ''; Ko = '오류: 적용에 실패했습니다. 위의 kubectl 메시지를 확인하세요.'; En = 'Error: apply failed. kubectl''s message above says why.' }
    @{ Key = 'secret_create'; Arguments = 'secret keys'; Ko = 'Secret {0} 생성 (키: {1})'; En = 'Secret {0}: creating it (keys: {1})' }
    @{ Key = 'secret_differs'; Arguments = 'secret key variable secret_again'; Ko = '오류: Secret {0}의 키 {1}: 환경 변수 {2}의 값이 클러스터의 값과 다릅니다. 기존 값은 자동으로 바뀌지 않습니다.
  기존 값을 유지하려면 이 변수 없이, 새 값으로 교체하려면 --rotate {3}과(와) 함께 다시 실행하세요.'; En = 'Error: Secret {0}, key {1}: the value of the variable {2} differs from the cluster''s, which is not replaced.
  To keep the cluster''s value, run again without the variable; to rotate it, with --rotate {3}.' }
    @{ Key = 'secret_placeholder'; Arguments = 'secret key placeholder'; Ko = '오류: Secret {0}의 키 {1}: 값이 템플릿의 자리표시자 {2} 그대로인데, 데이터가 들어 있을 수 있는 PersistentVolumeClaim이 이미 있습니다.
  그 데이터를 만들 때 쓴 값을 환경 변수로 지정하고, Secret을 삭제한 뒤 다시 실행하세요. 데이터가 필요 없으면 PersistentVolumeClaim을 삭제하세요.'; En = 'Error: Secret {0}, key {1}: the value still is the template''s placeholder {2}, and a claim that may hold data exists.
  Set the variables to the values that the data was made with, delete the Secret, and run again. If the data is not needed, delete the claim.' }
    @{ Key = 'secret_lost'; Arguments = 'secret key claims variable'; Ko = '오류: Secret {0}의 키 {1}이(가) 클러스터에 없는데, 그 값으로 만든 데이터가 {2}에 남아 있습니다.
  새 값을 만들면 데이터에 접근할 수 없으므로 중단합니다. 환경 변수 {3}에 이전 값을 지정하고 다시 실행하세요.'; En = 'Error: Secret {0}, key {1}: it is gone, and the data that was made with its value is still in {2}.
  A new value could not open that data. Set the variable {3} to the old value and run again.' }
    @{ Key = 'secrets_stop'; Arguments = ''; Ko = 'Secret 문제로 중단합니다. 아무것도 적용하지 않았습니다.'; En = 'Stopped because of the Secrets. Nothing was applied.' }
    @{ Key = 'job_failed_before'; Arguments = 'job'; Ko = 'Job/{0}: 이전 실행이 실패했으므로 삭제하고 다시 실행합니다.'; En = 'Job/{0}: it failed before; deleting it and running it again.' }
    @{ Key = 'job_secret_changed'; Arguments = 'job'; Ko = 'Job/{0}: 읽는 Secret이 바뀌었으므로 삭제하고 다시 실행합니다.'; En = 'Job/{0}: a Secret that it reads changed; deleting it and running it again.' }
    @{ Key = 'job_changed'; Arguments = 'job'; Ko = 'Job/{0}: 내용이 바뀌었으므로 삭제하고 다시 실행합니다.'; En = 'Job/{0}: it changed; deleting it and running it again.' }
    @{ Key = 'restart'; Arguments = 'workload'; Ko = '{0}: 읽는 Secret이 바뀌었으므로 다시 시작합니다.'; En = '{0}: restarting it because a Secret that it reads changed.' }
    @{ Key = 'restart_failed'; Arguments = 'workload'; Ko = '오류: {0} 다시 시작에 실패했습니다.'; En = 'Error: restarting {0} failed.' }
    @{ Key = 'waiting'; Arguments = 'ready total pending'; Ko = '대기 중 (준비 {0}/{1}): {2}'; En = 'waiting ({0} of {1} ready): {2}' }
    @{ Key = 'poll_failed'; Arguments = 'reason'; Ko = '상태를 읽지 못해 다시 시도합니다: {0}'; En = 'reading the state failed, trying again: {0}' }
    @{ Key = 'progress'; Arguments = 'state seconds'; Ko = '  {0} [{1}초]'; En = '  {0} [{1} s]' }
    @{ Key = 'phase_ready'; Arguments = 'total seconds'; Ko = '  준비됨: {0}개 [{1}초]'; En = '  ready: {0} [{1} s]' }
    @{ Key = 'job_failed'; Arguments = 'job'; Ko = '오류: Job/{0}이(가) 실패했습니다.'; En = 'Error: Job/{0} failed.' }
    @{ Key = 'unready'; Arguments = 'workload'; Ko = '준비되지 않음: {0}'; En = 'Not ready: {0}' }
    @{ Key = 'unready_too'; Arguments = 'workloads'; Ko = '그 밖에 준비되지 않음: {0}'; En = 'Not ready either: {0}' }
    @{ Key = 'state'; Arguments = 'object reason message'; Ko = '    {0}: {1} {2}'; En = '    {0}: {1} {2}' }
    @{ Key = 'secret_empty'; Arguments = 'secret'; Ko = '    Secret/{0}: 값이 있는 키가 없음'; En = '    Secret/{0}: no key has a value' }
    @{ Key = 'secret_lacks'; Arguments = 'secret keys'; Ko = '    Secret/{0}: 없거나 비어 있는 키 {1}'; En = '    Secret/{0}: missing or empty keys {1}' }
    @{ Key = 'condition'; Arguments = 'status reason message'; Ko = '    컨디션 Ready={0}: {1} {2}'; En = '    condition Ready={0}: {1} {2}' }
    @{ Key = 'condition_none'; Arguments = ''; Ko = '    컨디션 Ready가 아직 없음: 이 ExternalSecret을 처리한 컨트롤러가 없습니다.'; En = '    no condition Ready yet: no controller has seen this ExternalSecret.' }
    @{ Key = 'event'; Arguments = 'object reason message'; Ko = '    이벤트 {0}: {1} {2}'; En = '    event {0}: {1} {2}' }
    @{ Key = 'logs'; Arguments = 'object'; Ko = '    마지막 로그 ({0}):'; En = '    last log lines ({0}):' }
    @{ Key = 'logs_none'; Arguments = ''; Ko = '(없음)'; En = '(none)' }
)

# --- Messages -------------------------------------------------------------------------------------------------------

$ExitDone = 0
$ExitFailed = 1
$ExitUsage = 2
$ExitInterrupted = 130

$script:Language = 'ko'
$script:Json = $false
$script:ExitCode = $null # once an end that is meant has come
$script:AtExit = { }     # what the script does at each of its ends, interruptions too
$script:Pipeline = $null # of Invoke-Script, which all output goes to, also that of functions that return a value
$script:Moving = ''      # the line that is on the terminal and will be replaced

$MessageRows = @{}
foreach ($row in $Messages) { $MessageRows[$row.Key] = $row }

# A text of the catalog in the chosen language, with its arguments in place; the key itself where there is none.
function Get-Text {
    param([string]$Key, [string[]]$Values = @())
    $row = $MessageRows[$Key]
    if ($row) { ((Select-Language $row.Ko $row.En) -f $Values).TrimEnd("`n") } else { $Key }
}

# Prints a text, or with --json the event of that name.
function Write-Text {
    param([string]$Key, [string[]]$Values = @())
    if ($script:Json) { Write-Event 'info' $Key $Values } else { Write-Line (Get-Text $Key $Values) }
}

# The same for what went wrong, without --json on standard error.
function Write-Complaint {
    param([string]$Key, [string[]]$Values = @())
    if ($script:Json) { Write-Event 'error' $Key $Values } else { Write-ErrorLine (Get-Text $Key $Values) }
}

# Prints one line of JSON: time, name, level, text, and the arguments by their names.
function Write-Event {
    param([string]$Level, [string]$Key, [string[]]$Values = @())
    $time = [DateTime]::UtcNow.ToString('yyyy-MM-ddTHH:mm:ssZ', [Globalization.CultureInfo]::InvariantCulture)
    $members = @("`"time`":`"$time`"", "`"event`":`"$Key`"", "`"level`":`"$Level`"")
    $members += '"text":' + (ConvertTo-JsonText (Get-Text $Key $Values))
    $index = 0
    foreach ($name in $MessageRows[$Key].Arguments -split ' ' | Where-Object { $_ }) {
        $members += "`"$name`":$(ConvertTo-JsonValue $Values[$index])"
        $index++
    }
    Write-Line ('{' + ($members -join ',') + '}')
}

# A number where the text is one, else a text.
function ConvertTo-JsonValue {
    param([string]$Text)
    if ($Text -cmatch '\A(0|[1-9][0-9]{0,8})\z') { $Text } else { ConvertTo-JsonText $Text }
}

function ConvertTo-JsonText {
    param([string]$Text)
    $escaped = $Text.Replace('\', '\\').Replace('"', '\"').Replace("`n", '\n').Replace("`t", '\t')
    '"' + ($escaped -replace '[\x01-\x1f]', ' ') + '"'
}

# Prints a line, in place of the moving one.
function Write-Line {
    param([string]$Line)
    Clear-Moving
    if ($script:Pipeline) { $script:Pipeline.WriteObject($Line) } else { [Console]::Out.WriteLine($Line) }
}

function Write-ErrorLine {
    param([string]$Line)
    Clear-Moving
    [Console]::Error.WriteLine($Line)
}

# Prints a text as a line that the next one replaces; only on a terminal that can. Its first argument is cut where the line would
# be wider than the terminal, which then could not replace it.
function Write-Moving {
    param([string]$Key, [string[]]$Values)
    $width = if ([Console]::WindowWidth -gt 1) { [Console]::WindowWidth } else { 80 }
    $first, $others = $Values
    $frame = Get-ColumnCount (Get-Text $Key (@('') + $others))
    $script:Moving = Get-Text $Key (@(Get-FittedText $first ($width - 1 - $frame)) + $others)
    [Console]::Out.Write("`r$script:Moving$([char]27)[K")
}

# How many columns of a terminal a text takes, at most: two for each letter that UTF-8 writes in three bytes or more, as it does
# Korean ones.
function Get-ColumnCount {
    param([string]$Text)
    $letters = $Text -creplace '[\uDC00-\uDFFF]', ''
    $letters.Length + ($letters -creplace '[^\u0800-\uFFFF]', '').Length
}

# As much of a text as has room, by the measure of Get-ColumnCount.
function Get-FittedText {
    param([string]$Text, [int]$Columns)
    $end = 0
    for ($at = 0; $at -lt $Text.Length; $at++) {
        if ([char]::IsLowSurrogate($Text[$at])) { continue }
        if ($Columns -ge 2) { $end = $at }
        $Columns -= if ([int]$Text[$at] -ge 0x800) { 2 } else { 1 }
        if ($Columns -lt 0) { return $Text.Substring(0, $end) + '…' }
    }
    $Text
}

function Clear-Moving {
    if ($script:Moving) { [Console]::Out.Write("`r$([char]27)[K") }
    $script:Moving = ''
}

function Test-Moving {
    $isTerminal = $Host.UI.SupportsVirtualTerminal -and -not [Console]::IsOutputRedirected
    $isTerminal -and -not $script:Json -and -not $env:NO_COLOR -and $env:TERM -cne 'dumb'
}

# Every end that is meant comes here; what ends the script otherwise is an interruption.
function Exit-Script {
    param([int]$Code)
    $script:ExitCode = $Code
    exit $Code
}

# Says that there was an interruption, after which the pipeline takes nothing.
function Write-Interruption {
    $script:Pipeline = $null
    Write-Complaint 'interrupted'
}

function Exit-Failed {
    param([string]$Key, [string[]]$Values = @())
    Write-Complaint $Key $Values
    Exit-Script $ExitFailed
}

function Exit-Usage {
    param([string]$Key, [string[]]$Values = @())
    Write-Complaint $Key $Values
    Write-Complaint 'see_help'
    Exit-Script $ExitUsage
}

function Select-Language {
    param([string]$Korean, [string]$English)
    if ($script:Language -eq 'ko') { $Korean } else { $English }
}

function Get-Title {
    Select-Language $TitleKo $TitleEn
}

# By --lang, else by the variables of the locale, else by the language that Windows displays.
function Initialize-Language {
    param([string[]]$Words)
    $locales = $env:LC_ALL, $env:LC_MESSAGES, $env:LANG, [Globalization.CultureInfo]::CurrentUICulture.Name
    $locale = $locales | Where-Object { $_ } | Select-Object -First 1
    $script:Language = if ("$locale" -cmatch '^(ko.*|C|C\..*|POSIX|)$') { 'ko' } else { 'en' }
    foreach ($word in $Words) {
        if ($word -cmatch '^--lang=(ko|en)$') { $script:Language = $Matches[1] }
        if ($word -ceq '--json') { $script:Json = $true }
    }
}

# --- Options --------------------------------------------------------------------------------------------------------

$script:GivenOptions = @{} # lists of values, by name

# Reads the words of the command line, in GNU spelling, by the table of options.
function Read-Option {
    param([string[]]$Words)
    foreach ($word in $Words) {
        $name, $value = $word -split '=', 2
        if ($name -cnotlike '--*') { Exit-Usage 'argument_unknown' $word }
        $option = Get-Option $name.Substring(2)
        if (-not $option) { Exit-Usage 'option_unknown' $word }
        if ($option.Value) { Assert-Value $option $value }
        elseif ($null -ne $value) { Exit-Usage 'option_takes_no_value' $name }
        if ($option.Name -ceq 'help') {
            Write-Help
            Exit-Script $ExitDone
        }
        $script:GivenOptions[$option.Name] += @("$value")
    }
}

function Get-Option {
    param([string]$Name)
    foreach ($option in $Options) {
        if ($option.Name -ceq $Name) { return $option }
    }
}

# Ends the run when the option cannot have the value.
function Assert-Value {
    param([hashtable]$Option, [string]$Value)
    $name = "--$($Option.Name)"
    if (-not $Value) { Exit-Usage 'option_needs_value' $name }
    if ($Option.Value -ceq 'number' -and $Value -cnotmatch '\A0*[1-9][0-9]{0,8}\z') {
        Exit-Usage 'number_wrong' $name, $Value
    }
    if ($Option.Value -ceq 'choice' -and $Option.Choices -split ' ' -cnotcontains $Value) {
        Exit-Usage 'choice_wrong' $name, $Value, $Option.Choices
    }
}

function Test-Option {
    param([string]$Name)
    $script:GivenOptions.ContainsKey($Name)
}

# Whether the option was given with that value, perhaps among others.
function Test-OptionValue {
    param([string]$Name, [string]$Value)
    $script:GivenOptions[$Name] -ccontains $Value
}

# The last value that was given, or the default.
function Get-OptionValue {
    param([string]$Name, [string]$Default = '')
    if (Test-Option $Name) { $script:GivenOptions[$Name][-1] } else { $Default }
}

# One GNU word for each option: `-Context x`, `-Context:x` and `--context x` become `--context=x`. PowerShell
# has already made two words of `-Context:x` and of `-Yes:$true`.
function ConvertTo-GnuSpelling {
    param([string[]]$Words)
    for ($index = 0; $index -lt $Words.Count; $index++) {
        $option = $null
        $hasValue = $false
        if ($Words[$index] -match '^-([a-z]+)(:?)$') {
            $option = Find-Option $Matches[1]
            $hasValue = $Matches[2] -ne ''
        }
        elseif ($Words[$index] -cmatch '^--([a-z-]+)$') {
            $option = Get-Option $Matches[1]
        }
        if (-not $option) {
            $Words[$index]
        }
        elseif (($option.Value -or $hasValue) -and $index + 1 -lt $Words.Count) {
            $index++
            if ($option.Value) { "--$($option.Name)=$($Words[$index])" }
            elseif ($Words[$index] -eq 'True') { "--$($option.Name)" }
            elseif ($Words[$index] -ne 'False') { "--$($option.Name)=$($Words[$index])" }
        }
        else {
            "--$($option.Name)"
        }
    }
}

# The option that a name in PowerShell's spelling means: in full, or its first letters if no other begins with them.
function Find-Option {
    param([string]$Name)
    if ($Name -eq 'WhatIf') { return Get-Option 'dry-run' }
    $found = @($Options | Where-Object { $_.Name.Replace('-', '') -eq $Name })
    if ($found.Count -eq 0) {
        $found = @($Options | Where-Object { $_.Name.Replace('-', '') -like "$Name*" })
    }
    if ($found.Count -eq 1) { $found[0] }
}

# Prints the options of the table.
function Write-OptionHelp {
    Write-Line (Get-Text 'help_options')
    foreach ($option in $Options) {
        $argument = Select-Language $option.ArgumentKo $option.ArgumentEn
        Write-Line ("  --$($option.Name) $argument".TrimEnd())
        Write-Line "      $(Select-Language $option.HelpKo $option.HelpEn)"
    }
}

# --- Folder ---------------------------------------------------------------------------------------------------------

$script:Folder = ''

# Finds the folder of this script, also when it was called through a symbolic link.
function Initialize-Folder {
    $file = Get-Item -LiteralPath $PSCommandPath -Force
    while ($file.LinkType -eq 'SymbolicLink') {
        $target = @($file.Target)[0]
        if (-not [IO.Path]::IsPathRooted($target)) { $target = Join-Path $file.DirectoryName $target }
        $file = Get-Item -LiteralPath $target -Force
    }
    $script:Folder = $file.DirectoryName
}

# --- Programs -------------------------------------------------------------------------------------------------------
# PowerShell's own way to run a program has no time limit, and its quoting, encodings and treatment of errors differ
# between Windows PowerShell 5.1 and PowerShell 7.

$script:HiddenVariables = @() # variables of the environment that no program gets
$script:AddedVariables = @{} # and those that each gets beside

# On Windows each output that is being read keeps a thread of the pool, which by itself gets new ones slowly.
[void][Threading.ThreadPool]::SetMinThreads(32, 32)

# The path of a program; nothing where PATH has none.
function Find-Program {
    param([string]$Name)
    $found = Get-Command $Name -CommandType Application -ErrorAction SilentlyContinue | Select-Object -First 1
    if ($found) { $found.Path }
}

# Starts a program whose output and errors are read from the process that is returned.
function Start-Program {
    param([string]$Path, [string[]]$Words, [switch]$WithInput)
    $start = [Diagnostics.ProcessStartInfo]::new($Path, (ConvertTo-CommandLine $Words))
    $start.WorkingDirectory = (Get-Location -PSProvider FileSystem).ProviderPath
    $start.UseShellExecute = $false
    $start.RedirectStandardInput = $WithInput
    $start.RedirectStandardOutput = $true
    $start.RedirectStandardError = $true
    $start.StandardOutputEncoding = [Text.Encoding]::UTF8
    $start.StandardErrorEncoding = [Text.Encoding]::UTF8
    foreach ($variable in $script:HiddenVariables) { $start.EnvironmentVariables.Remove($variable) }
    foreach ($variable in $script:AddedVariables.Keys) { $start.EnvironmentVariables[$variable] = $script:AddedVariables[$variable] }
    [Diagnostics.Process]::Start($start)
}

# Runs a program and gives its exit code, output and errors.
function Invoke-Program {
    param([string]$Path, [string[]]$Words, [string]$InputText = '', [int]$Seconds = 60)
    Complete-Call (Start-Call $Path $Words -WithInput:($InputText -ne '')) -InputText $InputText -Seconds $Seconds
}

# Starts a program, of which Complete-Call gives what Invoke-Program does.
function Start-Call {
    param([string]$Path, [string[]]$Words, [switch]$WithInput)
    $process = Start-Program $Path $Words -WithInput:$WithInput
    @{ Process = $process; Output = $process.StandardOutput.ReadToEndAsync(); Errors = $process.StandardError.ReadToEndAsync() }
}

function Complete-Call {
    param([hashtable]$Call, [string]$InputText = '', [int]$Seconds = 60)
    $process, $output, $errors = $Call.Process, $Call.Output, $Call.Errors
    try {
        if ($InputText) { Send-Text $process.StandardInput $InputText }
        $clock = [Diagnostics.Stopwatch]::StartNew()
        # Short waits, because an interruption takes effect only between them.
        while (-not $process.WaitForExit(100) -and $clock.Elapsed.TotalSeconds -lt $Seconds) { }
    }
    finally {
        Stop-Program $process
    }
    $process.WaitForExit()
    # A program that this one started may still hold the output open: that is not awaited, and is a failure.
    if ([Threading.Tasks.Task]::WaitAll(@($output, $errors), 2000)) {
        @{ ExitCode = $process.ExitCode; Output = $output.Result.TrimEnd(); Errors = $errors.Result.TrimEnd() }
    }
    else {
        @{ ExitCode = $ExitFailed; Output = ''; Errors = '' }
    }
}

# Ends a program and those that it started.
function Stop-Program {
    param([Diagnostics.Process]$Process)
    if ($Process.HasExited) { return }
    if ($PSVersionTable.PSEdition -ceq 'Core') { $Process.Kill($true) }
    else { (Start-Program 'taskkill' '/t', '/f', '/pid', $Process.Id).WaitForExit() }
}

# Writes all that a program is to read, in UTF-8. What ends before it has read that says why by its exit code.
function Send-Text {
    param([IO.StreamWriter]$Writer, [string]$Text)
    $bytes = [Text.Encoding]::UTF8.GetBytes($Text)
    try {
        $Writer.BaseStream.Write($bytes, 0, $bytes.Length)
        $Writer.Close()
    }
    catch [IO.IOException] { Write-Verbose $_.Exception.Message }
}

# Quotes arguments as programs on Windows read them, which .NET undoes on other systems.
function ConvertTo-CommandLine {
    param([string[]]$Words)
    $Words -replace '(\\*)"', '$1$1\"' -replace '(\\+)$', '$1$1' -replace '(?s)\A.*\z', '"$0"' -join ' '
}

# The lines of a text that are not empty.
function Get-Line {
    param([string]$Text)
    $Text -split '\r?\n' -cne ''
}

function Get-LastLine {
    param([string]$Text)
    Get-Line $Text | Where-Object { $_.Trim() } | Select-Object -Last 1
}

# --- kubectl --------------------------------------------------------------------------------------------------------

$FieldManager = 'cdk8s-backend'
# The API server refuses unknown fields in a server-side apply by itself: kubectl's own check would fetch schemas each time.
$ServerSideApply = 'apply', '--server-side', '--validate=ignore'
$ApplyWords = $ServerSideApply + @('--field-manager', $FieldManager)
$OldestKubectl = 27
$ExitTimedOut = 70

# kubectl runs for a moment, of which the collection of garbage takes a fifth as Go is set.
if (-not $env:GOGC) { $script:AddedVariables['GOGC'] = '400' }

$script:Kubectl = ''
$script:Context = ''
$script:Timeout = 900
$script:Clock = [Diagnostics.Stopwatch]::StartNew()
$script:Deadline = 0
$script:Ahead = @{} # calls that were started before their answers are asked for, by their arguments or what they tell

# Asks kubectl what Assert-Kubectl and Initialize-Context have to know.
function Start-Kubectl {
    $script:Kubectl = Find-Program 'kubectl'
    if (-not $script:Kubectl) { return }
    $script:AtExit = { Stop-Ahead }
    $script:Ahead.Version = Start-Call $script:Kubectl 'version', '--client', '--output', 'yaml'
    $script:Context = Get-OptionValue 'context'
    if (-not $script:Context) { $script:Ahead.Context = Start-Call $script:Kubectl 'config', 'current-context' }
}

function Assert-Kubectl {
    if (-not $script:Kubectl) { Exit-Failed 'kubectl_missing' "1.$OldestKubectl" }
    $answer = (Complete-Call $script:Ahead.Version).Output
    $version = if ($answer -cmatch '(?m)^ *gitVersion: *v(\S+)') { $Matches[1] } else { '?' }
    if ($version -cnotmatch '^1\.([0-9]+)\.') { Exit-Failed 'kubectl_unknown' $version, "1.$OldestKubectl" }
    if ([int]$Matches[1] -lt $OldestKubectl) { Exit-Failed 'kubectl_old' $version, "1.$OldestKubectl" }
}

# Decides the context once, so that a change of the current context during the run changes nothing.
function Initialize-Context {
    if (-not $script:Context) {
        $current = Complete-Call $script:Ahead.Context
        if ($current.ExitCode) { Exit-Failed 'context_none' }
        $script:Context = $current.Output
    }
}

# Goes on when the person at the terminal agrees; without a terminal it is wrong usage.
function Confirm-OnTerminal {
    param([string]$Question)
    $answer = Read-Answer (Get-Text $Question $script:Context, $Namespace) -Complaint 'context_or_yes'
    if ($answer -cnotmatch '^(y|Y|yes|Yes|YES|예|네)$') { Exit-Failed 'cancelled' }
}

# The answer from the terminal; without one the run ends with the given complaint.
function Read-Answer {
    param([string]$Prompt, [string]$Complaint)
    if ([Console]::IsInputRedirected) { Exit-Usage $Complaint }
    $Host.UI.Write($Prompt)
    try { $Host.UI.ReadLine() } catch { Exit-Usage $Complaint }
}

function Start-Clock {
    $script:Timeout = [int](Get-OptionValue 'timeout' $script:Timeout)
    $script:Deadline = (Get-Elapsed) + $script:Timeout
}

function Get-Elapsed {
    [int][Math]::Floor($script:Clock.Elapsed.TotalSeconds)
}

function Get-TimeLeft {
    $script:Deadline - (Get-Elapsed)
}

# Runs kubectl in the chosen context. It ends with the time of the run, which --request-timeout alone does not bring
# about because one call may make many requests.
function Invoke-Kubectl {
    param([string[]]$Words, [string]$InputText = '', [int]$Seconds = (Get-TimeLeft))
    if ($Seconds -le 0) { return @{ ExitCode = $ExitTimedOut; Output = ''; Errors = '' } }
    $call = $script:Ahead["$Words"]
    if ($call) {
        $script:Ahead.Remove("$Words")
        return Complete-Call $call -Seconds $Seconds
    }
    Invoke-Program $script:Kubectl ((Get-PlaceWord $Seconds) + $Words) -InputText $InputText -Seconds $Seconds
}

# The arguments that say where to, and for how long.
function Get-PlaceWord {
    param([int]$Seconds)
    '--context', $script:Context, '--namespace', $Namespace, '--request-timeout', "${Seconds}s"
}

# Starts a call that only reads, whose answer Invoke-Kubectl gives when it is asked for the same.
function Start-Ahead {
    param([string[]]$Words, [string]$InputText = '', [int]$Seconds = (Get-TimeLeft))
    $call = Start-Call $script:Kubectl ((Get-PlaceWord $Seconds) + $Words) -WithInput:($InputText -ne '')
    $script:Ahead["$Words"] = $call
    if ($InputText) { Send-Text $call.Process.StandardInput $InputText }
}

function Stop-Ahead {
    foreach ($call in $script:Ahead.Values) { Stop-Program $call.Process }
    $script:Ahead = @{}
}

# Runs kubectl as Invoke-Kubectl does, and again while the API server is away: it has to be something that can be done twice.
function Invoke-PatientKubectl {
    param([string[]]$Words, [string]$InputText = '')
    $answer = Invoke-Kubectl $Words -InputText $InputText
    $isSaid = $false
    while ($answer.ExitCode -and (Test-Outage $answer) -and (Get-TimeLeft) -gt 0) {
        if (-not $isSaid) { Write-Complaint 'outage' (Get-LastLine $answer.Errors) }
        $isSaid = $true
        Stop-Ahead # what was started before fails alike
        Start-Sleep -Seconds 2
        $answer = Resume-Kubectl $Words $InputText
    }
    $answer
}

# One more try. Meanwhile another run may have taken the lock, so this one has to have it, unless the call is about a Lease
# itself, which is all that is created. Where it could not be renewed, the answer says why.
function Resume-Kubectl {
    param([string[]]$Words, [string]$InputText)
    $failure = if ($Words[0] -cne 'create' -and $Words[1] -cne 'lease') { Confirm-Lock }
    if ($failure) { $failure } else { Invoke-Kubectl $Words -InputText $InputText }
}

# Whether kubectl says that the API server did not answer. What it logs may be about an extension of the API, so that counts
# only where it says nothing else. What an API server says about a webhook, or about those extensions, is an answer.
function Test-Outage {
    param([hashtable]$Answer)
    $lines = @(Get-Line $Answer.Errors)
    $words = @($lines | Where-Object { $_ -cnotmatch '^[EWIF][0-9]{4} ' })
    if (-not $words -and -not $Answer.Output) { $words = $lines }
    $text = $words -join "`n"
    if ($text -cmatch ' webhook "|conversion webhook for |the complete list of server APIs') { return $false }
    [bool]($OutageSigns | Where-Object { $text.Contains($_.Sign) })
}

# What kubectl reads; ends the run when it cannot. What names it for people.
function Read-Cluster {
    param([string]$What, [string[]]$Words)
    $answer = Invoke-PatientKubectl $Words
    if ($answer.ExitCode) { Exit-AfterAnswer $answer 'read_failed' $What }
    $answer.Output
}

# Shows what kubectl said, line by line, as it is.
function Write-Answer {
    param([hashtable]$Answer)
    foreach ($line in Get-Line (Get-AnswerText $Answer)) { Write-Complaint 'kubectl' $line }
}

# What kubectl printed, as a terminal shows it: warnings before what it has done, errors after that.
function Get-AnswerText {
    param([hashtable]$Answer)
    $texts = if ($Answer.ExitCode) { $Answer.Output, $Answer.Errors } else { $Answer.Errors, $Answer.Output }
    @($texts | Where-Object { $_ }) -join "`n"
}

# Ends the run after a failed call: with its time when that is over, else as failed.
function Exit-AfterCall {
    param([string]$Key, [string[]]$Values = @())
    if ((Get-TimeLeft) -le 0) { Exit-TimedOut }
    Exit-Failed $Key $Values
}

# The same after a call whose answer says why.
function Exit-AfterAnswer {
    param([hashtable]$Answer, [string]$Key, [string[]]$Values = @())
    Write-Answer $Answer
    Exit-AfterCall $Key $Values
}

# --- Lock -----------------------------------------------------------------------------------------------------------
# A Lease in the namespace. All times in it are the API server's; one without times has that of its creation.

$LeaseName = 'cdk8s-backend-lock'
$LockSeconds = 60
$RenewAfter = 30

$script:Holder = '' # this run, as the Lease names it, while it has the lock
$script:RenewedAt = 0
$script:Lease = $null # Version, Holder, Since and Renewed, as Read-Place found them

# Takes the lock if nobody has it, if the time of who has it is over, or with --force-unlock; else ends the run.
function Lock-Namespace {
    $name = "$([Environment]::UserName)@$([Environment]::MachineName) $PID-$(Get-Random -Maximum 32768)"
    $spec = '"holderIdentity":' + (ConvertTo-JsonText $name) + ',"leaseDurationSeconds":' + $LockSeconds
    $other = ''
    if (-not $script:Lease) {
        $script:Holder = $name # already: a call that is interrupted may have taken it
        $answer = New-Lease "{`"name`":`"$LeaseName`"}" "{$spec}" '--field-manager', $FieldManager
    }
    else {
        $now = Get-ServerTime
        $other = $script:Lease.Holder
        if ($other -and -not (Test-Option 'force-unlock')) {
            $age = Get-SecondsBetween $script:Lease.Renewed $now
            if ($age -lt $LockSeconds) { Exit-Failed 'lock_held' $other, $script:Lease.Since, $age, ($LockSeconds - $age) }
        }
        $time = ConvertTo-MicroTime $now
        $test = '{"op":"test","path":"/metadata/resourceVersion","value":"' + $script:Lease.Version + '"}'
        $add = '{"op":"add","path":"/spec","value":{' + $spec + ',"acquireTime":"' + $time + '","renewTime":"' + $time + '"}}'
        $script:Holder = $name
        $answer = Invoke-PatientKubectl (Get-LeasePatch "[$test,$add]")
    }
    if ($answer.ExitCode) { Resolve-MissedLock $answer $name }
    $script:RenewedAt = Get-Elapsed
    if ($other) { Write-Text 'lock_taken' $other }
}

# The Lease changed between reading and writing. Someone was faster, or an answer was lost and what was tried again had been done.
function Resolve-MissedLock {
    param([hashtable]$Answer, [string]$Name)
    if (Test-Refusal $Answer) {
        Read-Place
        if ($script:Lease -and $script:Lease.Holder -ceq $Name) { return }
        $script:Holder = ''
        $other, $since = if ($script:Lease) { $script:Lease.Holder, $script:Lease.Since } else { '', '' }
        if (-not $other) { $other = '?' }
        if (-not $since) { $since = '?' }
        Exit-Failed 'lock_held' $other, $since, 0, $LockSeconds
    }
    $script:Holder = ''
    Exit-AfterAnswer $Answer 'lock_failed'
}

# Creates a Lease. By names the function that makes the call.
function New-Lease {
    param([string]$Metadata, [string]$Spec, [string[]]$Words, [string]$By = 'Invoke-PatientKubectl')
    $document = "{`"apiVersion`":`"coordination.k8s.io/v1`",`"kind`":`"Lease`",`"metadata`":$Metadata,`"spec`":$Spec}"
    $Words = @('create', '--validate=ignore', '--filename', '-') + $Words
    & $By $Words -InputText $document
}

# A time of the API server as a Lease has it.
function ConvertTo-MicroTime {
    param([string]$Time)
    $Time.TrimEnd('Z') + '.000000Z'
}

function Get-LeasePatch {
    param([string]$Operations)
    'patch', 'lease', $LeaseName, '--type', 'json', '--field-manager', $FieldManager, '--patch', $Operations
}

# The answer whose output is the API server's clock: what it would write as the time of a creation.
function Read-Clock {
    param([string]$By = 'Invoke-PatientKubectl')
    $words = '--dry-run=server', '--output', 'go-template={{.metadata.creationTimestamp}}'
    New-Lease '{"generateName":"clock-"}' '{}' $words -By $By
}

function Get-ServerTime {
    $answer = Read-Clock
    if ($answer.ExitCode) { Exit-AfterAnswer $answer 'lock_failed' }
    $answer.Output
}

# Says that this run still is there, unless it did so within some seconds; ends it when someone else has the lock.
function Update-Lock {
    param([int]$Seconds = $RenewAfter)
    if (Test-RenewalDue $Seconds) { $null = Write-Renewal (Get-ServerTime) }
}

# The same between two tries of a call, with one try; gives the answer where the lock could not be renewed.
function Confirm-Lock {
    if (-not (Test-RenewalDue $RenewAfter)) { return }
    $answer = Read-Clock -By 'Invoke-Kubectl'
    if (-not $answer.ExitCode) { $answer = Write-Renewal $answer.Output }
    if ($answer.ExitCode) { $answer }
}

function Test-RenewalDue {
    param([int]$Seconds)
    $script:Holder -and (Get-Elapsed) - $script:RenewedAt -ge $Seconds
}

function Write-Renewal {
    param([string]$Time)
    $readAt = Get-Elapsed
    $answer = Edit-OwnLease ('{"op":"add","path":"/spec/renewTime","value":"' + (ConvertTo-MicroTime $Time) + '"}')
    if (-not $answer.ExitCode) { $script:RenewedAt = $readAt }
    elseif (Test-Refusal $answer) {
        $script:Holder = ''
        Exit-Failed 'lock_lost'
    }
    $answer
}

# Changes the Lease; the API server refuses that when another holds it.
function Edit-OwnLease {
    param([string]$Operation)
    $test = '{"op":"test","path":"/spec/holderIdentity","value":' + (ConvertTo-JsonText $script:Holder) + '}'
    Invoke-Kubectl (Get-LeasePatch "[$test,$Operation]")
}

# Whether the API server refused the last change of the Lease because of what is in it now.
function Test-Refusal {
    param([hashtable]$Answer)
    $Answer.Errors -cmatch 'AlreadyExists|NotFound|request is invalid'
}

# Gives the lock back, at every end of the run.
function Unlock-Namespace {
    if (-not $script:Holder) { return }
    $script:Deadline = (Get-Elapsed) + 10
    $null = Edit-OwnLease '{"op":"remove","path":"/spec/holderIdentity"}'
    $script:Holder = ''
}

# The whole seconds between two times of the API server (2026-11-25T13:00:00Z).
function Get-SecondsBetween {
    param([string]$From, [string]$Until)
    $begin, $end = $From, $Until | ForEach-Object {
        [DateTimeOffset]::Parse($_.Substring(0, 19) + 'Z', [Globalization.CultureInfo]::InvariantCulture)
    }
    [int]($end - $begin).TotalSeconds
}

# --- Namespace ------------------------------------------------------------------------------------------------------

$InventoryName = 'cdk8s-backend-inventory'

$script:HasNamespace = $false # it was there when the run began; else nothing can be in it
$script:LiveEnvironment = '' # the namespace's label `environment`
$script:DeployedVersion = ''
$script:DeployedHash = ''
$script:DeployedObjects = @() # RESOURCE/NAME

$PlaceQuery = 'get', "namespace/$Namespace", "lease/$LeaseName", "configmap/$InventoryName", '--ignore-not-found',
    '--request-timeout', '8s', '--output', "go-template=$PlaceTemplate"
$PlaceSeconds = 10

# Reads what is there: the namespace, the lock, the inventory. It is the first call of the API.
function Read-Place {
    $answer = Invoke-Kubectl $PlaceQuery -Seconds $PlaceSeconds
    if ($answer.ExitCode) { Exit-ApiAway $answer }
    $script:HasNamespace = $false
    $script:Lease = $null
    $script:DeployedObjects = @()
    foreach ($line in Get-Line $answer.Output) {
        $columns = $line.Split('|')
        switch -CaseSensitive ($columns[0]) {
            'Namespace' {
                if ($columns[2]) { Exit-Failed 'namespace_leaving' $Namespace }
                $script:HasNamespace = $true
                $script:LiveEnvironment = $columns[1]
            }
            'Lease' {
                $script:Lease = @{ Version = $columns[1]; Holder = $columns[2]; Since = $columns[3]; Renewed = $columns[4] }
            }
            'Inventory' {
                $script:DeployedVersion = $columns[1]
                $script:DeployedHash = $columns[2]
            }
            default { $script:DeployedObjects += $line }
        }
    }
}

# Says why the first call failed.
function Exit-ApiAway {
    param([hashtable]$Answer)
    if ($Answer.Errors -cmatch '\(Forbidden\)|Unauthorized|must be logged in') {
        Write-Answer $Answer
        Exit-Failed 'read_failed' "Namespace/$Namespace"
    }
    if ($Answer.Errors -cmatch 'context was not found|context "[^"]*" does not exist') {
        $contexts = Get-Line (Invoke-Program $script:Kubectl 'config', 'get-contexts', '--output', 'name').Output
        Exit-Failed 'context_absent' $script:Context, (@($contexts | ForEach-Object { "$_ " }) -join '')
    }
    Exit-Failed 'api_away' $script:Context, (Get-LastLine $Answer.Errors)
}

# A namespace that bears another environment's name is not to be deployed to by mistake.
function Assert-Environment {
    $given = Get-OptionValue 'environment'
    if ($given -and $given -cne $Environment) { Exit-Usage 'environment_wrong' $given, $Environment }
    if ($script:LiveEnvironment -and $script:LiveEnvironment -cne $Environment -and -not $given) {
        Exit-Failed 'environment_differs' $Namespace, $script:LiveEnvironment, $Environment, $Environment
    }
}

# --- Facts ----------------------------------------------------------------------------------------------------------

$PollResources = 'deployments,statefulsets,replicasets,jobs,pods,persistentvolumeclaims'

$script:MayReadEvents = $true
$script:Facts = @()          # lines of StatusTemplate and ExternalSecretsTemplate, from the last poll that succeeded
$script:FactTable = $null    # the same by ConvertTo-FactTable, once it is asked for
$script:FactsAreNew = $false # they hold for the next judgement: nothing was written since
$script:PollFailure = ''     # why the last poll did not succeed

function Get-WorkloadWord {
    'get', $PollResources, '--output', "go-template=$StatusTemplate"
}

function Set-Fact {
    param([string]$Text)
    $script:Facts = $Text -split '\r?\n'
    $script:FactTable = $null
    $script:FactsAreNew = $true
}

function Get-FactTable {
    if (-not $script:FactTable) { $script:FactTable = ConvertTo-FactTable $script:Facts }
    $script:FactTable
}

# Whether the poll succeeds. It asks for ExternalSecrets only where one is awaited: a cluster without the kind would refuse
# the call. Events, which are many, are asked for where only they can tell, and given up where they may not be read.
function Read-Fact {
    param([hashtable[]]$Awaited)
    $resources = $PollResources
    $template = $StatusTemplate
    if (Test-External $Awaited) {
        $resources += ',secrets,externalsecrets.external-secrets.io'
        $template += $ExternalSecretsTemplate
    }
    if ($script:MayReadEvents -and (Test-Silence)) {
        if (Test-Poll "$resources,events" $template) { return $true }
        if ($script:PollFailure -cnotmatch 'events is forbidden') { return $false }
        $script:MayReadEvents = $false
    }
    Test-Poll $resources $template
}

# Whether what the last judgement found has been silent for five seconds.
function Test-Silence {
    foreach ($watch in $script:Watched) {
        $columns = $watch.Split('|')
        if ($columns[2] -ceq 'silent' -and (Get-Elapsed) - [int]$columns[3] -ge 5) { return $true }
    }
    $false
}

function Test-Poll {
    param([string]$Resources, [string]$Template)
    $answer = Invoke-Kubectl 'get', $Resources, '--request-timeout', '10s', '--output', "go-template=$Template"
    if ($answer.ExitCode) { $script:PollFailure = Get-LastLine $answer.Errors } else { Set-Fact $answer.Output }
    -not $answer.ExitCode
}

function Test-External {
    param([hashtable[]]$Awaited)
    [bool]($Awaited | Where-Object { $_.Kind -ceq 'ExternalSecret' })
}

# Facts by what they are about, with the lines that Get-Verdict has besides.
function ConvertTo-FactTable {
    param([string[]]$Lines)
    $table = @{
        Now = 0
        Grace = 0
        Awaited = @()  # KIND/NAME
        Within = @{}   # seconds until ready, by KIND/NAME
        Watches = @{}  # Since, Limit and Event, by what|family
        Objects = @{}  # columns, by KIND/NAME
        Stalls = @{}   # Reason and Message, by KIND/NAME
        Ids = @{}      # UIDs, by KIND/NAME of what makes pods itself, and by names of pods that have yet to begin
        Told = @{}     # the gravest of what events tell, by UIDs: Reason, Message, Limit and Event
        Sets = @{}     # names of ReplicaSets, by Deployment|revision
        Pods = @{}     # lists of rows, by the owner's KIND/NAME
        Claims = @{}   # lists of names, by the pod's name
        States = @{}   # lists of rows, by the pod's name
    }
    foreach ($line in $Lines) {
        $columns = $line.Split('|')
        $kind = $columns[0]
        switch -CaseSensitive ($kind) {
            'Pod' {
                $owner = "$($columns[2])/$($columns[3])"
                if (-not $table.Pods.ContainsKey($owner)) { $table.Pods[$owner] = [Collections.ArrayList]::new() }
                [void]$table.Pods[$owner].Add(@{
                        Name = $columns[1]
                        Revision = $columns[4]
                        IsReady = $columns[5] -ceq 'True'
                        IsLeaving = $columns[6] -cne ''
                        Phase = $columns[7]
                        Created = $columns[8]
                    })
                break
            }
            { $_ -ceq 'State' -or $_ -ceq 'Last' } {
                $pod = $columns[1]
                if (-not $table.States.ContainsKey($pod)) { $table.States[$pod] = [Collections.ArrayList]::new() }
                [void]$table.States[$pod].Add(@{
                        IsLast = $kind -ceq 'Last'
                        Container = $columns[2]
                        Reason = $columns[3]
                        Message = $line.Split([char[]]'|', 6)[5]
                    })
                break
            }
            'Uses' { $table.Claims[$columns[1]] = @($table.Claims[$columns[1]]) + $columns[2]; break }
            'ReplicaSet' { $table.Sets["$($columns[2])|$($columns[3])"] = $columns[1]; break }
            { $_ -ceq 'Makes' -or $_ -ceq 'Begins' } { $table.Ids[$columns[1]] = $columns[2]; break }
            'Event' { Add-Event $table $columns $line.Split([char[]]'|', 5)[4]; break }
            'Awaited' {
                $table.Awaited += "$($columns[1])/$($columns[2])"
                $table.Within["$($columns[1])/$($columns[2])"] = [int]$columns[3]
                break
            }
            'Watch' {
                $table.Watches["$($columns[1])|$($columns[2])"] = @{
                    Since = [int]$columns[3]
                    Limit = [int]$columns[4]
                    Event = if ($columns.Count -gt 5) { $columns[5] }
                }
                break
            }
            'Stalled' {
                $message = $line.Split([char[]]'|', 5)[4]
                $table.Stalls["$($columns[1])/$($columns[2])"] = @{ Reason = $columns[3]; Message = $message }
                break
            }
            'Now' {
                $table.Now = [int]$columns[1]
                $table.Grace = [int]$columns[2]
                break
            }
            default { if ($columns.Count -gt 1) { $table.Objects["$kind/$($columns[1])"] = $columns } }
        }
    }
    $table
}

# The columns of an object (KIND/NAME); nothing when the cluster does not have it.
function Get-Fact {
    param([string]$Object)
    (Get-FactTable).Objects[$Object]
}

# The pods of the newest revision of a workload (KIND/NAME).
function Get-NewestPod {
    param([string]$Workload)
    $table = Get-FactTable
    $kind, $name = $Workload -split '/'
    $columns = $table.Objects[$Workload]
    $revision = if ($columns -and $kind -cin 'Deployment', 'StatefulSet') { $columns[8] }
    $owner = if ($kind -ceq 'Deployment') { "ReplicaSet/$($table.Sets["$name|$revision"])" } else { $Workload }
    foreach ($pod in $table.Pods[$owner]) {
        if ($kind -cne 'StatefulSet' -or $pod.Revision -ceq $revision) { $pod }
    }
}

# --- Removal --------------------------------------------------------------------------------------------------------

# Deletes what is there of some objects (RESOURCE/NAME), and waits until it is gone.
function Remove-Resource {
    param([string]$Cascade, [string[]]$Names)
    $answer = Invoke-PatientKubectl (@('delete') + $Names + @('--ignore-not-found', "--cascade=$Cascade", '--wait=false'))
    if ($answer.ExitCode) { Exit-AfterAnswer $answer 'delete_failed' ($Names -join ' ') }
    Wait-UntilGone $Names
}

function Wait-UntilGone {
    param([string[]]$Names)
    $began = Get-Elapsed
    $saidAt = $began
    while ($true) {
        $left = Read-Cluster ($Names -join ' ') (@('get') + $Names + @('--ignore-not-found', '--output', 'name'))
        if (-not $left) { return }
        Update-Lock
        if ((Get-TimeLeft) -le 0) { Exit-TimedOut }
        if ((Get-Elapsed) - $saidAt -ge 10) {
            $saidAt = Get-Elapsed
            Write-Text 'leaving' (@(Get-Line $left) -join ' '), ($saidAt - $began)
        }
        Start-Sleep -Seconds 1
    }
}

# --- Inventory ------------------------------------------------------------------------------------------------------

# Says in the cluster what is deployed, if it does not say so already.
function Write-Inventory {
    param([string[]]$Names, [string]$Release, [string]$Hash)
    $said = @($script:DeployedObjects) + $script:DeployedVersion + $script:DeployedHash -join "`n"
    if ((@($Names) + $Release + $Hash -join "`n") -ceq $said) { return }
    $texts = '"objects":' + (ConvertTo-JsonText ($Names -join "`n")) + ',"version":' + (ConvertTo-JsonText $Release)
    $document = '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"' + $InventoryName + '"},"data":{' + $texts +
        ',"hash":"' + $Hash + '"}}'
    $answer = Invoke-PatientKubectl ($ApplyWords + @('--force-conflicts', '--filename', '-')) -InputText $document
    if ($answer.ExitCode) { Exit-AfterAnswer $answer 'write_failed' "ConfigMap/$InventoryName" }
    $script:DeployedObjects = @($Names)
    $script:DeployedVersion = $Release
    $script:DeployedHash = $Hash
}

# What was deployed and is no longer in the plan, phases with an option included.
function Get-Orphan {
    $known = @(foreach ($object in $Objects) { "$($object.Resource)/$($object.Name)" })
    $script:DeployedObjects | Where-Object { $known -cnotcontains $_ }
}

# Whether an object (RESOURCE/NAME) is deleted only when it is asked for by name: data, Secrets, the namespace.
function Test-Kept {
    param([string]$Object)
    $Object -cmatch '^(Namespace|PersistentVolumeClaim|Secret)\.'
}

# --- Secrets --------------------------------------------------------------------------------------------------------
# Values stay in variables of this script, in base64, and leave it through pipes to kubectl only: never in an argument of a
# program, in a file, in a message, or as the input of a cmdlet (which PowerShell may log). The environment that programs
# inherit has none of them.

$script:KeyStates = @()   # a row for each key: what the environment gives, what the cluster has, what is to be written
$script:Existing = @()    # names of the Secrets that the cluster has
$script:Annotated = @()   # those of which a client-side apply has left a copy in an annotation
$script:Bound = @()       # names of the Secrets whose values live in a claim that exists
$script:NewSecrets = @()  # Secrets that the phase makes, as Secret/NAME
$script:NewDocuments = @() # their documents, with the values
$script:SecretTimes = @{} # when each Secret's data changed last, by name; `now` when this run does that

function ConvertTo-Base64 {
    param([string]$Text)
    [Convert]::ToBase64String([Text.Encoding]::UTF8.GetBytes($Text))
}

# 40 letters and digits, each as likely as any other.
function Get-RandomText {
    $letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'
    $text = [Text.StringBuilder]::new()
    $bytes = [byte[]]::new(64)
    $generator = [Security.Cryptography.RandomNumberGenerator]::Create()
    while ($text.Length -lt 40) {
        $generator.GetBytes($bytes)
        foreach ($byte in $bytes) {
            if ($byte -lt 4 * $letters.Length -and $text.Length -lt 40) {
                [void]$text.Append($letters[$byte % $letters.Length])
            }
        }
    }
    $text.ToString()
}

# Takes the values that the environment gives, and keeps them from the programs that this script starts.
function Read-GivenValue {
    $script:HiddenVariables = @($SecretKeys | ForEach-Object { $_.Variable })
    $script:KeyStates = @(foreach ($key in $SecretKeys) {
            @{
                Secret = $key.Secret
                Key = $key.Key
                Variable = $key.Variable
                Default = $key.Default
                Given = ConvertTo-Base64 ([Environment]::GetEnvironmentVariable($key.Variable))
                Found = ''
                ToWrite = ''
            }
        })
}

# Reads the live Secrets and decides, before anything is written, what each key gets.
function Initialize-Secret {
    $script:Bound = @($SecretClaims | Where-Object { Get-Fact "Claim/$($_.Claim)" } | ForEach-Object { $_.Secret })
    if (-not $Secrets) { return }
    if ($script:HasNamespace) { Read-LiveSecret }
    $isSound = Test-Rotation
    foreach ($state in $script:KeyStates) {
        if (-not (Test-Key $state)) { $isSound = $false }
    }
    if (-not $isSound) { Exit-Failed 'secrets_stop' }
    foreach ($state in $script:KeyStates) {
        if (Test-Written $state.Secret) { Select-Value $state }
    }
}

# Whether a Secret's step belongs to this run; of others nothing is written.
function Test-Written {
    param([string]$Secret)
    foreach ($row in $Secrets) {
        if ($row.Name -ceq $Secret) { return Test-Included $row.Phase }
    }
    $false
}

function Get-SecretWord {
    'get'
    foreach ($secret in $Secrets) { "secret/$($secret.Name)" }
    '--ignore-not-found', '--output', "go-template=$SecretsTemplate"
}

function Read-LiveSecret {
    $answer = Invoke-PatientKubectl @(Get-SecretWord)
    if ($answer.ExitCode) {
        $answer.Output = '' # it may have printed Secrets before it failed, with their values
        Exit-AfterAnswer $answer 'read_failed' 'Secrets'
    }
    $name = ''
    foreach ($line in $answer.Output -split '\r?\n') {
        if ($line.StartsWith('Secret|', [StringComparison]::Ordinal)) {
            $null, $name, $times, $copy = $line.Split('|')
            $script:Existing += $name
            if ($copy) { $script:Annotated += $name }
            $script:SecretTimes[$name] = Get-Newest $times.Split(' ')
            continue
        }
        $key, $value = $line.Split([char[]]' ', 2)
        foreach ($state in $script:KeyStates) {
            if ($state.Secret -ceq $name -and $state.Key -ceq $key) { $state.Found = "$value" }
        }
    }
}

# The last of some times of the API server, whose order is that of their letters.
function Get-Newest {
    param([string[]]$Times)
    $newest = ''
    foreach ($time in $Times) {
        if ([string]::CompareOrdinal($time, $newest) -gt 0) { $newest = $time }
    }
    $newest
}

# Whether the live value is the text of the template, which someone applied as it is.
function Test-Placeholder {
    param([hashtable]$State)
    $State.Found -ceq (ConvertTo-Base64 "`${$($State.Variable)}")
}

# Whether the cluster has a real value.
function Test-Value {
    param([hashtable]$State)
    $State.Found -and -not (Test-Placeholder $State)
}

# Whether the key gets another value in this run; a default, which is no secret, only when it is given.
function Test-Rotated {
    param([hashtable]$State)
    if ($State.Default -and -not $State.Given) { return $false }
    foreach ($other in $script:KeyStates) {
        if ($other.Variable -ceq $State.Variable -and (Test-OptionValue 'rotate' $other.Secret)) { return $true }
    }
    $false
}

# A Secret of a step that is left out cannot be rotated.
function Assert-RotatedStep {
    foreach ($secret in $Secrets) {
        if ((Test-Included $secret.Phase) -or -not (Test-RotatedKey $secret.Name)) { continue }
        Exit-Usage 'rotate_left_out' $secret.Name, $secret.Phase, (Get-PhaseOption $secret.Phase)
    }
}

# Whether a Secret is to be rotated, or a key of it along with that of another Secret.
function Test-RotatedKey {
    param([string]$Secret)
    if (Test-OptionValue 'rotate' $Secret) { return $true }
    [bool]($script:KeyStates | Where-Object { $_.Secret -ceq $Secret -and (Test-Rotated $_) })
}

# Whether no Secret is to be rotated whose value lives in data, which does not change with the Secret; complains if one is.
function Test-Rotation {
    $isSound = $true
    foreach ($secret in $Secrets) {
        if ((Test-OptionValue 'rotate' $secret.Name) -and $script:Bound -ccontains $secret.Name) {
            $claims = Get-ClaimText $secret.Name
            Write-Complaint 'secret_rotate_bound' $secret.Name, $claims, $script:Context, $Namespace
            $isSound = $false
        }
    }
    $isSound
}

# Whether the key can be kept or given a value; complains if not.
function Test-Key {
    param([hashtable]$State)
    if (Test-Value $State) {
        if (-not $State.Given -or $State.Given -ceq $State.Found -or (Test-Rotated $State)) { return $true }
        Write-Complaint 'secret_differs' $State.Secret, $State.Key, $State.Variable, $State.Secret
        return $false
    }
    if ($script:Bound -cnotcontains $State.Secret) { return $true }
    if ($State.Found) {
        Write-Complaint 'secret_placeholder' $State.Secret, $State.Key, "`${$($State.Variable)}"
        return $false
    }
    if ($State.Given) { return $true }
    Write-Complaint 'secret_lost' $State.Secret, $State.Key, (Get-ClaimText $State.Secret), $State.Variable
    $false
}

function Get-ClaimText {
    param([string]$Secret)
    @($SecretClaims | Where-Object { $_.Secret -ceq $Secret } | ForEach-Object { $_.Claim }) -join ' '
}

# What is to be written to the cluster for a key: the given value, that of another key with the same variable, the default,
# or a random one. Nothing for a key that keeps its value.
function Select-Value {
    param([hashtable]$State)
    $isRotated = Test-Rotated $State
    if ((Test-Value $State) -and -not $isRotated) { return }
    $value = $State.Given
    foreach ($other in $script:KeyStates) {
        if ($value) { break }
        if ([object]::ReferenceEquals($other, $State) -or $other.Variable -cne $State.Variable) { continue }
        $value = if ((Test-Value $other) -and -not $isRotated) { $other.Found } else { $other.ToWrite }
    }
    if (-not $value) { $value = ConvertTo-Base64 $State.Default }
    if (-not $value) { $value = ConvertTo-Base64 (Get-RandomText) }
    $State.ToWrite = $value
    $script:SecretTimes[$State.Secret] = 'now'
}

function Get-StateToWrite {
    param([string]$Secret)
    foreach ($state in $script:KeyStates) {
        if ($state.Secret -ceq $Secret -and $state.ToWrite) { $state }
    }
}

# Says which Secrets a run would write.
function Write-SecretPreview {
    foreach ($secret in $Secrets) {
        if (Test-Included $secret.Phase) { Write-SecretPlan $secret.Name }
    }
}

# Says which keys of a Secret a run writes; nothing where it writes none.
function Write-SecretPlan {
    param([string]$Secret)
    $keys = @(Get-StateToWrite $Secret | ForEach-Object { $_.Key }) -join ' '
    if ($script:Existing -cnotcontains $Secret) { Write-Text 'secret_create' $Secret, $keys }
    elseif ($keys) { Write-Text 'secret_write' $Secret, $keys }
}

# Tries what is to be written to Secrets, each by itself; says which the API server refuses, and counts them as problems.
function Test-SecretToWrite {
    foreach ($secret in $Secrets) {
        if (-not (Test-Included $secret.Phase)) { continue }
        $states = @(Get-StateToWrite $secret.Name)
        if ($script:Existing -cnotcontains $secret.Name) {
            Update-Lock
            $words = $ApplyWords + @('--dry-run=server', '--filename', '-')
            $answer = Invoke-PatientKubectl $words -InputText (Get-SecretDocument $secret.Object $states)
        }
        elseif ($states) {
            Update-Lock
            $answer = Invoke-KeyChange $secret.Name $states -DryRun
        }
        else {
            continue
        }
        if (-not $answer.ExitCode) { continue }
        if ((Get-TimeLeft) -le 0) { Exit-TimedOut }
        $script:Problems++
        Write-Complaint 'object_refused' "Secret/$($secret.Name)"
        Write-Answer $answer
    }
}

# Writes keys to Secrets of a phase that exist; those that do not are for Send-PhaseFile, which sends them before the files.
function Send-PhaseSecret {
    param([string]$Phase)
    $script:NewSecrets = @()
    $script:NewDocuments = @()
    foreach ($secret in $Secrets) {
        if ($secret.Phase -cne $Phase) { continue }
        Write-SecretPlan $secret.Name
        $states = @(Get-StateToWrite $secret.Name)
        if ($script:Existing -cnotcontains $secret.Name) {
            $script:NewSecrets += "Secret/$($secret.Name)"
            $script:NewDocuments += Get-SecretDocument $secret.Object $states
        }
        elseif ($states) {
            $answer = Invoke-KeyChange $secret.Name $states
            if ($answer.ExitCode) { Exit-AfterAnswer $answer 'write_failed' "Secret/$($secret.Name)" }
            Add-Change "Secret/$($secret.Name)"
        }
        if ($script:Annotated -ccontains $secret.Name) { Remove-SecretCopy $secret.Name }
    }
}

# Writes keys of a live Secret. kubectl takes a merge patch from an argument or a file only, and Windows has no file that
# stands for standard input. So the keys are applied, under a field manager of their own, since apply takes away what
# its manager owns and does not send again. A key that someone else wrote in the meantime is a conflict, and ends the
# run; a value that is there already is to be replaced.
function Invoke-KeyChange {
    param([string]$Name, [hashtable[]]$States, [switch]$DryRun)
    $document = '{"apiVersion":"v1","kind":"Secret","metadata":{"name":"' + $Name + '"}}'
    $words = $ServerSideApply + @('--field-manager', "$FieldManager-$([Guid]::NewGuid())")
    if ($States | Where-Object { $_.Found }) { $words += '--force-conflicts' }
    if ($DryRun) { $words += '--dry-run=server' }
    Invoke-PatientKubectl ($words + @('--filename', '-')) -InputText (Get-SecretDocument $document $States)
}

# A Secret's document with the values that are to be written.
function Get-SecretDocument {
    param([string]$Document, [hashtable[]]$States)
    $entries = @(foreach ($state in $States) { '"' + $state.Key + '":"' + $state.ToWrite + '"' })
    $Document -replace '\}\z', (',"data":{' + ($entries -join ',') + '}}')
}

# Removes the annotation in which a client-side apply keeps a copy of all values.
function Remove-SecretCopy {
    param([string]$Name)
    Write-Text 'copy_removed' $Name
    Remove-AppliedCopy 'secret' $Name "Secret/$Name"
}

# --- Objects --------------------------------------------------------------------------------------------------------
# An object is named KIND/NAME. What the cluster has, and what it would have after an apply (by a server-side dry run), are
# lines of ObjectsTemplate; where they are equal nothing is sent.

$script:Hash = ''       # of the folder's files
$script:Problems = 0    # how many objects the API server refuses
$script:LiveLines = @()
$script:Differing = @() # objects that an apply would change or make
$script:Missing = @()   # those of them that the cluster does not have
$script:Undone = @()    # objects of which `kubectl rollout undo` has put something back
$script:Adopted = @{}   # objects that a client-side apply has made: the indices of its entries in managedFields
$script:Outdated = [Collections.Specialized.OrderedDictionary]::new() # Jobs (Job/NAME) that have to run again: the message
$script:Changes = @()   # what this run has changed
$script:Created = @()   # what of it was not there before, as RESOURCE/NAME
$script:Snapshots = @() # with --rollback-on-failure: what was there before, as JSON

function Add-Change {
    param([string]$Object)
    if ($script:Changes -cnotcontains $Object) { $script:Changes += $Object }
}

# Reads all files. Notes of each its path as kubectl takes it, which reads a list of comma-separated values, and its object; of all
# together the SHA-256 sum, whatever their line ends are. Ends the run when one cannot be read.
function Initialize-File {
    $latin = [Text.Encoding]::GetEncoding(28591) # in which each byte is a letter
    $text = [Text.StringBuilder]::new()
    $lacking = @(foreach ($row in $Files) {
            $path = [IO.Path]::Combine($script:Folder, $row.File)
            $row.Word = '"' + $path.Replace('"', '""') + '"'
            $row.Object = "$($row.Resource.Split('.')[0])/$($row.Name)"
            try { [void]$text.Append($latin.GetString([IO.File]::ReadAllBytes($path))) } catch { $row.File }
        })
    if ($lacking) { Exit-Failed 'files_missing' $script:Folder, ($lacking -join ' ') }
    $sum = [Security.Cryptography.SHA256]::Create().ComputeHash($latin.GetBytes($text.ToString().Replace("`r", '')))
    $script:Hash = [BitConverter]::ToString($sum).Replace('-', '').ToLowerInvariant()
}

# The --filename options of rows of files.
function Get-FileWord {
    param([hashtable[]]$Rows)
    foreach ($row in $Rows) { '--filename', $row.Word }
}

# The rows of files of a phase; of all phases of this run without one.
function Get-FileRow {
    param([string]$Phase = '')
    foreach ($row in $Files) {
        if ((-not $Phase -or $row.Phase -ceq $Phase) -and (Test-Included $row.Phase)) { $row }
    }
}

# Compares folder and cluster, all objects at once but a namespace that this run has just made, and tries the Secrets; ends the
# run, with all problems, before anything is written.
function Assert-Applicable {
    Test-SecretToWrite
    Compare-Folder
    if ($script:Problems) { Exit-AfterCall 'preflight_failed' $script:Problems }
}

# The rows of files that are compared with the cluster.
function Get-ComparedRow {
    foreach ($row in Get-FileRow) {
        if ($script:HasNamespace -or $row.Resource -cnotlike 'Namespace.*') { $row }
    }
}

function Compare-Folder {
    $rows = @(Get-ComparedRow)
    if (-not $rows) { return }
    $script:LiveLines = @(Get-LiveLine $rows)
    foreach ($line in $script:LiveLines -cmatch '^[^|]*\|[^|]') {
        $object, $indices = $line.Split('|')[0, 1]
        $script:Adopted[$object] = $indices
    }
    $answer = Invoke-DryRun @(Get-FileWord $rows)
    $planned = @(if ($answer.ExitCode) { Get-PlannedLine $rows } else { Get-ObjectLine $answer.Output })
    $script:Differing = @(Get-DifferingObject $planned)
    $script:Missing = @([Linq.Enumerable]::Except([string[]]$rows.Object, [string[]]@(Get-LineObject $script:LiveLines)))
}

# What the cluster has of the files. In a namespace that this run has made there is nothing.
function Get-LiveLine {
    param([hashtable[]]$Rows)
    $known = @($Rows | Where-Object { $script:HasNamespace -or -not $_.Namespaced })
    if ($known) { Get-ObjectLine (Read-Cluster 'objects' @(Get-LiveWord $known)) }
}

function Get-LiveWord {
    param([hashtable[]]$Rows)
    @('get') + @(Get-FileWord $Rows) + @('--ignore-not-found', '--output', "go-template=$ObjectsTemplate")
}

# Those lines of a text that describe an object.
function Get-ObjectLine {
    param([string]$Text)
    @($Text -split '\r?\n') -cmatch '^[A-Za-z]*/[^ |]*\|'
}

# The objects of such lines.
function Get-LineObject {
    param([string[]]$Lines)
    $Lines -creplace '\|.*', ''
}

# What an apply would make of files, as lines of ObjectsTemplate.
function Invoke-DryRun {
    param([string[]]$FileWords, [switch]$Force)
    Invoke-PatientKubectl @(Get-DryRunWord $FileWords -Force:$Force)
}

function Get-DryRunWord {
    param([string[]]$FileWords, [switch]$Force)
    $manner = @('--dry-run=server') + @(Get-ForceWord)
    if ($Force) { $manner += '--force-conflicts' }
    $ApplyWords + $manner + $FileWords + @('--output', "go-template=$ObjectsTemplate")
}

function Get-ForceWord {
    if (Test-Option 'force-conflicts') { '--force-conflicts' }
}

# What an apply would change. What a client-side apply has made is one of them, even if nothing but its owner is to change.
function Get-DifferingObject {
    param([string[]]$Planned)
    $lines = [Collections.Generic.HashSet[string]]::new([string[]]$script:LiveLines, [StringComparer]::Ordinal)
    $lines.SymmetricExceptWith($Planned)
    Get-Sorted (@(Get-LineObject @($lines)) + @($script:Adopted.Keys))
}

# Texts in the order of their letters' numbers, each once.
function Get-Sorted {
    param([string[]]$Texts)
    $sorted = [string[]]@($Texts | Select-Object -Unique)
    [Array]::Sort($sorted, [StringComparer]::Ordinal)
    $sorted
}

# Finds which objects the API server refuses, and says why; else gives the lines that a dry run of all would.
function Get-PlannedLine {
    param([hashtable[]]$Rows)
    foreach ($row in $Rows) {
        Update-Lock
        $object = $row.Object
        $words = @(Get-FileWord $row)
        $answer = Invoke-DryRun $words
        if ($answer.ExitCode -and (Test-TakeOver $object $answer)) {
            $isUndone = Test-Undo $answer.Errors
            $answer = Invoke-DryRun $words -Force
            if ($isUndone -and -not $answer.ExitCode) { $script:Undone += $object }
        }
        if (-not $answer.ExitCode) {
            Get-ObjectLine $answer.Output
        }
        elseif ($object -clike 'Job/*' -and $answer.Errors.Contains('field is immutable')) {
            if (-not $script:Outdated.Contains($object)) { $script:Outdated[$object] = 'job_changed' }
            "$object|"
        }
        else {
            if ((Get-TimeLeft) -le 0) { Exit-TimedOut }
            $script:Problems++
            Write-Refusal $object $answer
        }
    }
}

# Whether only a client-side apply, whose fields become ours, or a rollout that was undone stands against an apply.
function Test-TakeOver {
    param([string]$Object, [hashtable]$Answer)
    $owners = @([regex]::Matches($Answer.Errors, 'conflicts? with ("[^"]*" [a-z]* \S*)') | ForEach-Object { $_.Groups[1].Value })
    $others = @($owners | Where-Object { -not (Test-Undo $_) })
    if ($others -and -not $script:Adopted.ContainsKey($Object)) { return $false }
    $owners -and -not ($others | Where-Object { $_ -cnotlike '"kubectl-client-side-apply" *' })
}

# Whether a conflict is with a rollout that was undone, which kubectl does by its bare name.
function Test-Undo {
    param([string]$Owner)
    $Owner.Contains('"kubectl" using apps/')
}

function Write-Refusal {
    param([string]$Object, [hashtable]$Answer)
    $immutable = 'immutable|updates to statefulset spec|may not change once set|can not be less than|' +
        'only dynamically provisioned pvc'
    if ($Answer.Errors -cmatch 'Apply failed with .* conflict') {
        Write-Complaint 'object_conflict' $Object
        $Answer.Errors = ($Answer.Errors -csplit 'Please review the fields', 2)[0]
        Write-Answer $Answer
    }
    elseif ($Answer.Errors -cmatch $immutable) {
        Write-Complaint 'object_immutable' $Object
        Write-Answer $Answer
        $kind, $name = $Object.Split('/')
        switch -CaseSensitive ($kind) {
            'StatefulSet' { Write-Complaint 'immutable_set' $script:Context, $Namespace, $name }
            'PersistentVolumeClaim' { Write-Complaint 'immutable_claim' $name }
            default { Write-Complaint 'immutable_other' $script:Context, $Namespace, $Object }
        }
    }
    else {
        Write-Complaint 'object_refused' $Object
        Write-Answer $Answer
    }
}

# Says what a run would do.
function Write-Preview {
    Write-SecretPreview
    foreach ($object in $script:Differing) {
        Write-Text $(if ($script:Missing -ccontains $object) { 'would_create' } else { 'would_change' }) $object
    }
    foreach ($job in $script:Outdated.Keys) { Write-Text $script:Outdated[$job] $job.Substring(4) }
    Write-Orphan
    Write-Text 'previewed' $script:Differing.Count
}

# Shows the differences of what exists, as the program diff writes them.
function Write-Difference {
    $rows = @(Get-FileRow | Where-Object {
            $isLive = $script:Missing -cnotcontains $_.Object -and -not $script:Outdated.Contains($_.Object)
            $isLive -and $script:Differing -ccontains $_.Object
        })
    if (-not $rows) { return }
    $words = 'diff', '--server-side', '--force-conflicts', '--field-manager', $FieldManager
    $answer = Invoke-PatientKubectl ($words + @(Get-FileWord $rows))
    if ($answer.ExitCode -gt 1) {
        Exit-AfterAnswer $answer 'diff_failed'
    }
    foreach ($line in (Get-AnswerText $answer) -split '\r?\n') { Write-Text 'output' $line }
}

# Sends the new Secrets of a phase, and what differs of its files.
function Send-PhaseFile {
    param([string]$Phase)
    if (-not $script:NewSecrets -and -not $script:Differing -and -not $script:Outdated.Count) { return }
    $rows = @(Get-FileRow $Phase | Where-Object {
            $script:Differing -ccontains $_.Object -or $script:Outdated.Contains($_.Object)
        })
    if (-not $rows -and -not $script:NewSecrets) { return }
    if ($rows -and (Test-Option 'rollback-on-failure')) { Save-Snapshot $rows }
    # Before they are sent: of a call that fails, a part may have been written.
    foreach ($object in $script:NewSecrets) { Add-Change $object }
    foreach ($row in $rows) {
        Add-Change $row.Object
        if (-not $script:Outdated.Contains($row.Object)) { Invoke-TakeOver $row }
        Send-Undone $row
    }
    $script:FactsAreNew = $false
    $words = $ApplyWords + @(Get-ForceWord)
    if ($script:NewSecrets) { $words += '--filename', '-' }
    $answer = Invoke-PatientKubectl ($words + @(Get-FileWord $rows)) -InputText ($script:NewDocuments -join "`n")
    if ($answer.ExitCode) { Exit-AfterAnswer $answer 'apply_failed' }
    foreach ($line in (Get-AnswerText $answer) -split '\r?\n') { Write-Text 'output' "  $line" }
}

# Makes the fields ours that an undone rollout has put back.
function Send-Undone {
    param([hashtable]$Row)
    $object = $Row.Object
    if ($script:Undone -cnotcontains $object) { return }
    Write-Text 'undone' $object
    $answer = Invoke-PatientKubectl ($ApplyWords + @('--force-conflicts') + @(Get-FileWord $Row))
    if ($answer.ExitCode) { Exit-AfterAnswer $answer 'apply_failed' }
}

# Makes the fields that a client-side apply has written ours, and removes its annotation. When a controller writes meanwhile,
# the entry may get another index.
function Invoke-TakeOver {
    param([hashtable]$Row)
    $object = $Row.Object
    if (-not $script:Adopted.ContainsKey($object)) { return }
    Update-Lock
    Write-Text 'taken_over' $object
    $indices = $script:Adopted[$object]
    $tries = 3
    while ($true) {
        $patch = Get-TakeOverPatch $object @($indices -split ' ')
        $answer = Invoke-PatientKubectl 'patch', $Row.Resource, $Row.Name, '--type', 'json', '--patch', $patch
        if (-not $answer.ExitCode) { break }
        $tries--
        if (-not $tries -or -not $answer.Errors.Contains('request is invalid')) {
            Exit-AfterAnswer $answer 'write_failed' $object
        }
        $indices = "$(Get-LiveLine $Row)".Split('|')[1]
    }
    Remove-AppliedCopy $Row.Resource $Row.Name $object
}

# A JSON patch of the managedFields of an object. Of several entries (one for each version of the API that was applied) the first
# becomes ours, as kubectl does it. They come from the last one on, since those behind a removed one move.
function Get-TakeOverPatch {
    param([string]$Object, [string[]]$Indices)
    $first = $Indices[0]
    [Array]::Reverse($Indices)
    $operations = foreach ($index in $Indices | Where-Object { $_ }) {
        $entry = "/metadata/managedFields/$index"
        '{"op":"test","path":"' + $entry + '/manager","value":"kubectl-client-side-apply"}'
        if ($index -cne $first -or (Test-Own $Object)) {
            '{"op":"remove","path":"' + $entry + '"}'
        }
        else {
            '{"op":"replace","path":"' + $entry + '/manager","value":"' + $FieldManager + '"}'
            '{"op":"replace","path":"' + $entry + '/operation","value":"Apply"}'
        }
    }
    "[$($operations -join ',')]"
}

# Removes the annotation in which a client-side apply keeps a copy of an object.
function Remove-AppliedCopy {
    param([string]$Resource, [string]$Name, [string]$Object)
    $annotation = 'kubectl.kubernetes.io/last-applied-configuration-'
    $answer = Invoke-PatientKubectl 'annotate', $Resource, $Name, '--field-manager', $FieldManager, $annotation
    if ($answer.ExitCode) { Exit-AfterAnswer $answer 'write_failed' $Object }
}

# Whether a server-side apply of ours has made the object.
function Test-Own {
    param([string]$Object)
    [bool]($script:LiveLines | Where-Object {
            $name, $null, $rest = $_.Split([char[]]'|', 3)
            $name -ceq $Object -and $rest.StartsWith('own', [StringComparison]::Ordinal)
        })
}

# --- What was deployed ----------------------------------------------------------------------------------------------

# The objects of the inventory and those of this run, each once.
function Get-AllObject {
    $included = @(foreach ($object in $Objects) {
            if (Test-Included $object.Phase) { "$($object.Resource)/$($object.Name)" }
        })
    Get-Sorted ($script:DeployedObjects + $included)
}

function Write-Orphan {
    $orphans = @(Get-Orphan)
    if ($orphans) { Write-Text 'orphans' ($orphans -join ' ') }
}

# Whether nothing but a removal deletes an object (RESOURCE/NAME): what is kept, and an ExternalSecret, with which its Secret would go.
function Test-Spared {
    param([string]$Object)
    (Test-Kept $Object) -or $Object -clike 'ExternalSecret.*'
}

# Deletes the orphans that bear our label, data, Secrets and the namespace excepted; gives those that are dealt with.
function Remove-Orphan {
    $label = 'go-template={{with .metadata.labels}}{{or (index . `app.kubernetes.io/part-of`) ``}}{{end}}'
    foreach ($orphan in @(Get-Orphan)) {
        if (Test-Spared $orphan) {
            Write-Text 'orphan_kept' $orphan
            continue
        }
        $answer = Invoke-PatientKubectl 'get', $orphan, '--ignore-not-found', '--output', $label
        if ($answer.ExitCode -and -not $answer.Errors.Contains("server doesn't have a resource type")) {
            Exit-AfterAnswer $answer 'read_failed' $orphan
        }
        if ($PartOf -and $answer.Output -ceq $PartOf) { Remove-OwnOrphan $orphan }
        else { Write-Text 'orphan_foreign' $orphan }
        $orphan
    }
}

function Remove-OwnOrphan {
    param([string]$Orphan)
    Write-Text 'pruning' $Orphan
    Remove-Resource 'background' $Orphan
    Add-Change $Orphan
}

# --- Rollback -------------------------------------------------------------------------------------------------------

# Keeps what is there of the objects before they are changed, and notes what is not there.
function Save-Snapshot {
    param([hashtable[]]$Rows)
    $live = @()
    foreach ($row in $Rows) {
        $object = $row.Object
        if ($script:Missing -ccontains $object) { $script:Created += "$($row.Resource)/$($row.Name)" }
        elseif ($object -cnotlike 'Job/*' -and -not (Test-Kept $row.Resource)) { $live += $row }
    }
    if (-not $live) { return }
    $json = Read-Cluster 'objects' (@('get') + @(Get-FileWord $live) + @('--show-managed-fields', '--output', 'json'))
    $script:Snapshots += $json -replace '(?m)^ *"resourceVersion": "[0-9]*",\r?\n', ''
}

# Puts back what this run has changed, removes what it has made, but for data, Secrets, what makes them, and the namespace, and waits.
function Restore-System {
    Write-Text 'rolling_back'
    $script:Deadline = (Get-Elapsed) + $script:Timeout
    $script:FactsAreNew = $false
    $script:Freed = @()
    Update-Lock
    # The first replacement makes this script the owner of what it changes, the second one gives the owners back.
    foreach ($snapshot in $script:Snapshots + $script:Snapshots) {
        $answer = Invoke-PatientKubectl 'replace', '--filename', '-' -InputText $snapshot
        if ($answer.ExitCode) {
            Write-Answer $answer
            Write-Complaint 'rollback_failed'
            return
        }
    }
    foreach ($object in $script:Created) {
        if (Test-Spared $object) { continue }
        $answer = Invoke-PatientKubectl 'delete', $object, '--ignore-not-found', '--wait=false'
        if ($answer.ExitCode) { Write-Answer $answer }
    }
    Wait-Workload @($Workloads | Where-Object {
            $name = "$($_.Kind)/$($_.Name)"
            $isOld = $script:Changes -ccontains $name -and $script:Missing -cnotcontains $name
            $isOld -and $_.Kind -cne 'Job'
        })
    Write-Text 'rolled_back'
}

# --- Phases ---------------------------------------------------------------------------------------------------------

$script:Included = @()   # names of the phases of this run
$script:PhaseTimes = @() # how long each phase took, for people

function Select-Phase {
    $chosen = if (Test-Option 'only') { $Phases | Where-Object { Test-OptionValue 'only' $_.Name } }
    else { $Phases | Where-Object { -not $_.Option -or (Test-Option $_.Option) } }
    $script:Included = @($chosen | ForEach-Object { $_.Name })
}

# Whether a phase belongs to this run.
function Test-Included {
    param([string]$Phase)
    $script:Included -ccontains $Phase
}

# The workloads of the phases of this run.
function Get-IncludedWorkload {
    foreach ($workload in $Workloads) {
        if (Test-Included $workload.Phase) { $workload }
    }
}

# What would include a phase besides those that are.
function Get-PhaseOption {
    param([string]$Phase)
    if (Test-Option 'only') { return "--only $Phase" }
    "--$(($Phases | Where-Object { $_.Name -ceq $Phase }).Option)"
}

function Publish-System {
    $included = @($Phases | Where-Object { Test-Included $_.Name })
    $number = 0
    foreach ($phase in $included) {
        $number++
        $began = Get-Elapsed
        $title = Select-Language $phase.TitleKo $phase.TitleEn
        $awaited = @(foreach ($workload in $Workloads) { if ($workload.Phase -ceq $phase.Name) { $workload } })
        Write-Text 'phase_started' $number, $included.Count, $title
        Update-Lock
        Send-PhaseSecret $phase.Name
        Find-OutdatedJob $awaited # again: an earlier step may have made a claim
        Clear-OutdatedJob $awaited
        Send-PhaseFile $phase.Name
        Restart-Workload $awaited
        Wait-Workload $awaited
        $script:PhaseTimes += "$title $((Get-Elapsed) - $began)"
    }
}

# The first phase makes the namespace, without which nothing else can be checked.
function Publish-Namespace {
    $rows = @(Get-FileRow | Where-Object { $_.Resource -clike 'Namespace.*' })
    if (-not $rows) { Exit-Failed 'namespace_missing' $Namespace }
    foreach ($row in $rows) {
        $answer = Invoke-PatientKubectl ($ApplyWords + @(Get-FileWord $row))
        if ($answer.ExitCode) { Exit-AfterAnswer $answer 'apply_failed' }
        Write-Text 'output' "  $(Get-AnswerText $answer)"
        Add-Change $row.Object
    }
}

# --- Jobs and restarts ----------------------------------------------------------------------------------------------

# Notes those of some workloads that are Jobs, exist, and have to run again. A Job cannot be changed: it is deleted and made anew.
function Find-OutdatedJob {
    param([hashtable[]]$Awaited)
    foreach ($workload in $Awaited) {
        $job = "Job/$($workload.Name)"
        if ($workload.Kind -cne 'Job' -or $script:Outdated.Contains($job)) { continue }
        $columns = Get-Fact $job
        if (-not $columns) { continue }
        $created = $columns[3]
        if (Test-JobCondition $columns 'Failed') { $script:Outdated[$job] = 'job_failed_before' }
        elseif (Test-OlderThanSecret $workload $created) { $script:Outdated[$job] = 'job_secret_changed' }
        elseif (Test-YoungerClaim $workload.Name $created) { $script:Outdated[$job] = 'job_claim_changed' }
    }
}

# Whether a Secret that the workload reads has changed since a time.
function Test-OlderThanSecret {
    param([hashtable]$Workload, [string]$Time)
    foreach ($reader in $SecretReaders) {
        if ($reader.Kind -cne $Workload.Kind -or $reader.Name -cne $Workload.Name) { continue }
        $changed = $script:SecretTimes[$reader.Secret]
        if ($changed -ceq 'now' -or [string]::CompareOrdinal($changed, $Time) -gt 0) { return $true }
    }
    $false
}

# Whether a claim of a Job's databases was made after the Job: its data is another one.
function Test-YoungerClaim {
    param([string]$Job, [string]$Time)
    foreach ($row in $JobClaims) {
        if ($row.Job -cne $Job) { continue }
        $columns = Get-Fact "Claim/$($row.Claim)"
        if ($columns -and [string]::CompareOrdinal($columns[3], $Time) -gt 0) { return $true }
    }
    $false
}

function Clear-OutdatedJob {
    param([hashtable[]]$Awaited)
    foreach ($workload in $Awaited) {
        $job = "Job/$($workload.Name)"
        if ($workload.Kind -cne 'Job' -or -not $script:Outdated.Contains($job)) { continue }
        Write-Text $script:Outdated[$job] $workload.Name
        $script:FactsAreNew = $false
        Remove-Resource 'foreground' "job/$($workload.Name)"
    }
}

# Restarts what runs with an older value of a Secret.
function Restart-Workload {
    param([hashtable[]]$Awaited)
    foreach ($workload in $Awaited) {
        if ($workload.Kind -cin 'Job', 'ExternalSecret') { continue }
        $name = "$($workload.Kind)/$($workload.Name)"
        $stale = @(Get-NewestPod $name | Where-Object { Test-OlderThanSecret $workload $_.Created })
        if (-not $stale) { continue }
        Write-Text 'restart' $name
        $script:FactsAreNew = $false
        # Where the answer of one that was made is lost, another one follows: better than none.
        $answer = Invoke-PatientKubectl 'rollout', 'restart', $name
        if ($answer.ExitCode) { Exit-AfterAnswer $answer 'restart_failed' $name }
        Add-Change $name
    }
}

# --- Judgement ------------------------------------------------------------------------------------------------------
# What the facts of a poll mean, as lines in the order of the awaited workloads:
#   Ready|KIND/NAME                                 Pending|KIND/NAME|how far
#   Watch|what|family|since|limit[|event]           a state that may end the wait: remembered for the next poll
#   Watch|what|silent|since|0                       something that only events can tell of
#   News|pod|reason|"message"                       a state that was not there in the last poll
#   Failed|KIND/NAME|pod|reason|"message"           a state whose time is over
#   Stuck|pod|reason                                a pod of an older revision that keeps its StatefulSet from the newer one

# Takes lines: Now|seconds|schedule grace, Awaited|KIND|NAME|seconds until ready, Watch|... of the last poll, and the facts.
function Get-Verdict {
    param([string[]]$Lines)
    $table = ConvertTo-FactTable $Lines
    foreach ($workload in $table.Awaited) { Get-WorkloadVerdict $table $workload }
}

function Get-WorkloadVerdict {
    param([hashtable]$Table, [string]$Workload)
    $kind = $Workload.Split('/')[0]
    $columns = $Table.Objects[$Workload]
    $progress = Get-Progress $kind $columns
    if ($progress -ceq 'ready') { return "Ready|$Workload" }
    "Pending|$Workload|$progress"
    if ($kind -ceq 'Job' -and (Test-JobCondition $columns 'Failed')) { "Failed|$Workload|-|Failed|`"`"" }
    if (-not (Test-Observed $kind $columns)) { return }
    $stall = $Table.Stalls[$Workload]
    if ($stall) {
        $limit = if ($stall.Reason -ceq 'ProgressDeadlineExceeded') { 15 } else { Get-RefusalLimit $stall.Message }
        # The pods that leave may give what there is to have.
        if ($stall.Message -cmatch 'exceeded quota') { $limit = 45 }
        $family = @{ Name = 'stalled'; Limit = $limit }
        Watch-State $Table $Workload $Workload '-' $family $stall
    }
    if ($Table.Ids[$Workload] -and (Test-Lack $kind $Table.Pods[$Workload] $columns)) {
        Get-SilenceVerdict $Table $Workload $Workload '-' $Table.Ids[$Workload]
    }
    Get-PodVerdict $Table $Workload $kind $columns
}

# Whether pods are to be made and none is under way.
function Test-Lack {
    param([string]$Kind, [object[]]$Pods, [string[]]$Columns)
    $there = @($Pods | Where-Object { $_ })
    if ($Kind -ceq 'Job') { return -not ($there | Where-Object { $_.Phase -cin 'Pending', 'Running' }) }
    $there.Count -lt [int]$Columns[4] -and -not ($there | Where-Object { -not $_.IsReady })
}

# An event stays when what it tells of is over: it ends the wait when it has come again since it was seen first.
function Get-SilenceVerdict {
    param([hashtable]$Table, [string]$Workload, [string]$Key, [string]$Pod, [string]$Id)
    $silence = $Table.Watches["$Key|silent"]
    "Watch|$Key|silent|$(if ($silence) { $silence.Since } else { $Table.Now })|0"
    $told = $Table.Told[$Id]
    if ($told) { Watch-State $Table $Workload $Key $Pod @{ Name = 'told'; Limit = $told.Limit } $told }
}

# Of what the events tell of an object, the gravest is kept, and of equals the last.
function Add-Event {
    param([hashtable]$Table, [string[]]$Columns, [string]$Message)
    $null, $id, $version, $reason = $Columns[0..3]
    if ($reason -clike 'Pull*') {
        $Table.Told.Remove($id)
        return
    }
    $limit = if ($reason -ceq 'FailedCreate') { Get-RefusalLimit $Message } else { Get-MountLimit $Table $Message }
    $told = $Table.Told[$id]
    if ($limit -eq 0 -or ($told -and $told.Limit -lt $limit)) { return }
    $Table.Told[$id] = @{ Reason = $reason; Message = $Message; Limit = $limit; Event = $version }
}

function Get-RefusalLimit {
    param([string]$Message)
    if ($Message -cmatch 'forbidden|denied|is invalid') { 15 } else { 45 }
}

function Get-MountLimit {
    param([hashtable]$Table, [string]$Message)
    $final = '(configmap|secret) [^ ]+ not found|non-existent (config|secret) key|hostPath type check failed'
    if ($Message -cmatch 'failed to sync .* cache|not registered') { 0 }
    elseif ($Message -cmatch $final) { 15 }
    else { $Table.Grace }
}

# `ready`, or how far the workload is (`1/2`, or nothing).
function Get-Progress {
    param([string]$Kind, [string[]]$Columns)
    if (-not $Columns) { return '' }
    switch -CaseSensitive ($Kind) {
        'Deployment' {
            $generation, $observed, $wanted, $updated, $available, $all = [int[]]$Columns[2..7]
            $isCurrent = $observed -eq $generation -and $updated -eq $wanted -and $all -eq $wanted
            if ($isCurrent -and $available -eq $wanted) { 'ready' }
            else { "$([Math]::Max(0, $available - ($all - $updated)))/$wanted" }
        }
        'StatefulSet' {
            $generation, $observed, $wanted, $updated, $available = [int[]]$Columns[2..6]
            $isCurrent = $observed -eq $generation -and $Columns[7] -ceq $Columns[8]
            if ($isCurrent -and $available -eq $wanted) { 'ready' }
            else { "$([Math]::Max(0, $available - ($wanted - $updated)))/$wanted" }
        }
        'Job' { if (Test-JobCondition $Columns 'Complete') { 'ready' } else { '' } }
        default { if ($Columns[2]) { '' } else { 'ready' } }
    }
}

function Test-JobCondition {
    param([string[]]$Columns, [string]$Condition)
    $Columns -and $Columns[2].Split(',') -ccontains $Condition
}

# Whether the pods that there are can be judged: the controller has seen the newest form of the workload.
function Test-Observed {
    param([string]$Kind, [string[]]$Columns)
    switch -CaseSensitive ($Kind) {
        'Job' { $true }
        'ExternalSecret' { $false }
        default { $Columns -and $Columns[2] -ceq $Columns[3] }
    }
}

function Get-PodVerdict {
    param([hashtable]$Table, [string]$Workload, [string]$Kind, [string[]]$Columns)
    $owner = $Workload
    if ($Kind -ceq 'Deployment') { $owner = "ReplicaSet/$($Table.Sets["$($Columns[1])|$($Columns[8])"])" }
    foreach ($pod in $Table.Pods[$owner]) {
        if ($pod.IsLeaving -or $pod.IsReady) { continue }
        if ($Kind -ceq 'StatefulSet' -and $pod.Revision -cne $Columns[8]) {
            Get-StuckVerdict $Table $pod
            continue
        }
        $states = @($Table.States[$pod.Name] | Where-Object { $_ -and -not $_.IsLast })
        foreach ($state in $states) { Get-StateVerdict $Table $Workload $pod.Name $state }
        $id = $Table.Ids[$pod.Name]
        if ($id -and -not $states) { Get-SilenceVerdict $Table $Workload "$($pod.Name)/-" $pod.Name $id }
        $within = $Table.Within[$Workload]
        if ($pod.Phase -ceq 'Running' -and $within -gt 0) {
            $family = @{ Name = 'unready'; Limit = $within }
            Watch-State $Table $Workload "$($pod.Name)/-" $pod.Name $family @{ Reason = 'Unready'; Message = '""' }
        }
    }
}

function Get-StateVerdict {
    param([hashtable]$Table, [string]$Workload, [string]$Pod, [hashtable]$State)
    $key = "$Pod/$($State.Container)"
    $family = Get-Family $Table $State
    if (-not $family) {
        $crash = $Table.Watches["$key|crash"]
        if ($crash) { "Watch|$key|crash|$($crash.Since)|45" }
    }
    elseif ($family.Name -cne 'crash' -or $Workload -cnotlike 'Job/*') {
        Watch-State $Table $Workload $key $Pod $family $State
    }
}

# The family of a waiting reason, of a container or (-) of the pod, with the seconds that it may last; nothing for other reasons.
function Get-Family {
    param([hashtable]$Table, [hashtable]$State)
    $final = 'not found|not exist|unknown|denied|unauthorized|forbidden|authentication required|no basic auth'
    if ($State.Container -ceq '-') {
        if ($State.Reason -ceq 'SchedulingGated') { return }
        return @{ Name = $(if ($State.Reason -ceq 'Unscheduled') { 'unscheduled' } else { 'schedule' }); Limit = $Table.Grace }
    }
    switch -CaseSensitive ($State.Reason) {
        { $_ -cin 'InvalidImageName', 'ErrImageNeverPull' } { @{ Name = 'pull'; Limit = 15 } }
        { $_ -cin 'ErrImagePull', 'ImagePullBackOff' } {
            @{ Name = 'pull'; Limit = $(if ($State.Message -match $final) { 15 } else { 45 }) }
        }
        'CreateContainerConfigError' {
            if ($State.Message -cnotmatch 'failed to sync .* cache') { @{ Name = 'config'; Limit = 15 } }
        }
        { $_ -cin 'CrashLoopBackOff', 'CreateContainerError', 'RunContainerError' } { @{ Name = 'crash'; Limit = 45 } }
    }
}

# Notes a state; a family that lasts keeps its begin, the shortest of its limits, and the first of its events.
function Watch-State {
    param([hashtable]$Table, [string]$Workload, [string]$Key, [string]$Pod, [hashtable]$Family, [hashtable]$State)
    $since = $Table.Now
    $limit = $Family.Limit
    $mark = $first = $State['Event']
    $before = @{ schedule = 'unscheduled'; told = 'silent' }[$Family.Name]
    $silence = $Table.Watches["$Key|$before"]
    if ($silence) { $since = $silence.Since }
    $watch = $Table.Watches["$Key|$($Family.Name)"]
    if ($watch) {
        $since = $watch.Since
        $limit = [Math]::Min($limit, $watch.Limit)
        $first = $watch.Event
    }
    elseif ($Family.Name -cnotin 'unready', 'unscheduled') {
        $object = if ($Pod -ceq '-') { $Workload } else { "Pod/$Pod" }
        "News|$object|$($State.Reason)|$($State.Message)"
    }
    "Watch|$Key|$($Family.Name)|$since|$limit$(if ($mark) { "|$first" })"
    if ($Table.Now - $since -ge $limit -and (-not $mark -or $mark -cne $first)) { "Failed|$Workload|$Pod|$($State.Reason)|$($State.Message)" }
}

function Get-StuckVerdict {
    param([hashtable]$Table, [hashtable]$Pod)
    $slow = if ($Pod.Phase -ceq 'Running') { 'Unready' } elseif ($Table.Ids[$Pod.Name]) { 'ContainerCreating' }
    foreach ($state in $Table.States[$Pod.Name]) {
        if ($state.IsLast) { continue }
        $family = Get-Family $Table $state
        if ($family -and $family.Name -ceq 'unscheduled') { $slow = $state.Reason }
        elseif ($family -or $state.Reason -ceq 'Error') { return "Stuck|$($Pod.Name)|$($state.Reason)" }
    }
    if (-not $slow) { return }
    $watch = $Table.Watches["$($Pod.Name)/-|stuck"]
    $since = if ($watch) { $watch.Since } else { $Table.Now }
    "Watch|$($Pod.Name)/-|stuck|$since|15"
    if ($Table.Now - $since -ge 15) { "Stuck|$($Pod.Name)|$slow" }
}

# --- Waiting --------------------------------------------------------------------------------------------------------

$RenewInRest = 15      # seconds after which the lock is renewed, earlier than where there is something to do

$script:Watched = @()  # lines Watch|... of Get-Verdict
$script:Verdicts = @() # all lines of the last judgement
$script:JudgedAt = 0   # when that was
$script:Pending = @()  # workloads (KIND/NAME) that are not ready
$script:JobLogs = @{}  # last log lines by Job/NAME, since a failed Job's pods are deleted
$script:Freed = @()    # pods that were deleted because they kept a StatefulSet from its newer revision
$script:FactsTold = @() # the facts of when the Jobs' logs were asked for last
$script:ToldAt = 0
$script:Watches = @()  # the kubectl of each kind of workload that prints what changes, and its next line

# Waits until the workloads are ready. What the last poll found holds as long as nothing was written.
function Wait-Workload {
    param([hashtable[]]$Awaited)
    if (-not $Awaited) { return }
    $progress = @{ Began = Get-Elapsed; Shown = ''; ShownAt = Get-Elapsed; State = ''; IsReady = $false }
    $progress.Awaited = @($Awaited | ForEach-Object { "$($_.Kind)/$($_.Name)" })
    $isExternal = Test-External $Awaited
    $script:Watched = @()
    # What this run has made cannot be ready yet: the cluster need not be asked.
    if ($Awaited | Where-Object { $script:Missing -ccontains "$($_.Kind)/$($_.Name)" }) {
        Set-Verdict $Awaited
        $script:Watched = @()
        $progress.State = Get-StateText $Awaited
        if ($script:Pending) { Wait-Change $progress }
    }
    while (-not $progress.IsReady) {
        if (($script:FactsAreNew -and -not $isExternal) -or (Read-Fact $Awaited)) {
            Set-Verdict $Awaited
            if (-not $script:Pending) { break }
            Write-News
            Save-JobLog
            Remove-StuckPod
            Exit-IfFailed
            $progress.State = Get-StateText $Awaited
        }
        else {
            $progress.State = Get-Text 'poll_failed' $script:PollFailure
        }
        $script:FactsAreNew = $false
        Update-Lock $RenewInRest
        Wait-Change $progress
    }
    Write-Text 'phase_ready' $Awaited.Count, ((Get-Elapsed) - $progress.Began)
}

# What the last judgement found, for people.
function Get-StateText {
    param([hashtable[]]$Awaited)
    Get-Text 'waiting' ($Awaited.Count - $script:Pending.Count), $Awaited.Count, (Get-ProgressText)
}

# Rests until all workloads that are not ready have become so, at most until a Job fails or the next poll is due. In a namespace that this
# run has made, where no workload was another one before, what the watch tells is enough: IsReady says that no poll is needed.
function Wait-Change {
    param([hashtable]$Progress)
    Start-Watch
    $left = $script:Pending
    $until = Get-NextPoll
    do {
        if ((Get-TimeLeft) -le 0) { Exit-TimedOut }
        Write-Waiting $Progress
        Start-Sleep -Milliseconds 250
        $changed = @(Read-Change)
        foreach ($change in $changed) {
            $workload = $change -creplace ' waits$', ''
            $left = @($left | Where-Object { $_ -cne $workload })
            # It may have been ready before.
            if ($workload -cne $change -and $Progress.Awaited -ccontains $workload) { $left += $workload }
        }
        if ($changed -and -not $left) {
            $Progress.IsReady = $script:Pending -and -not $script:HasNamespace
            if ($Progress.IsReady) { $script:Pending = @() }
            return
        }
    } until ($changed -ccontains 'Failed' -or (Get-Elapsed) -ge $until)
}

# When the next poll is due: when a state has lasted as long as it may, even if that has come since the last judgement; at the latest in
# three seconds. In a namespace that this run has made in six, since what a poll costs is taken from all the pods that start; but for Jobs,
# whose logs go when they fail.
function Get-NextPoll {
    $now = Get-Elapsed
    $most = if ($script:HasNamespace -or ($script:Pending -clike 'Job/*')) { 3 } else { 6 }
    $ends = foreach ($watch in $script:Watched) {
        $columns = $watch.Split('|')
        [int]$columns[3] + [int]$columns[4]
    }
    $due = (@($ends | Where-Object { $_ -gt $script:JudgedAt }) + ($now + $most) | Measure-Object -Minimum).Minimum
    [Math]::Max($due, $now + 1)
}

function Start-Watch {
    if ($script:Watches) { return }
    $script:Watches = foreach ($resource in 'deployments', 'statefulsets', 'jobs') {
        $words = 'get', $resource, '--watch-only', '--output', "go-template=$ChangesTemplate"
        $process = Start-Program $script:Kubectl ((Get-PlaceWord (Get-TimeLeft)) + $words)
        $null = $process.StandardError.ReadToEndAsync()
        @{ Process = $process; NextLine = $process.StandardOutput.ReadLineAsync() }
    }
}

# The workloads that have become ready since the last call, with `waits` those that have changed and are not, and Failed for a Job that has
# failed. A watch that has ended has an empty next line.
function Read-Change {
    foreach ($watch in $script:Watches) {
        while ($watch.NextLine.IsCompleted -and $null -ne $watch.NextLine.Result) {
            $watch.NextLine.Result
            $watch.NextLine = $watch.Process.StandardOutput.ReadLineAsync()
        }
    }
}

function Stop-Watch {
    foreach ($watch in $script:Watches) { Stop-Program $watch.Process }
}

# Shows how far it is: on a terminal each time, elsewhere when that has changed or ten seconds later.
function Write-Waiting {
    param([hashtable]$Progress)
    $seconds = (Get-Elapsed) - $Progress.Began
    if (Test-Moving) {
        Write-Moving 'progress' $Progress.State, $seconds
    }
    elseif ($Progress.State -cne $Progress.Shown -or (Get-Elapsed) - $Progress.ShownAt -ge 10) {
        Write-Text 'progress' $Progress.State, $seconds
        $Progress.Shown = $Progress.State
        $Progress.ShownAt = Get-Elapsed
    }
}

function Set-Verdict {
    param([hashtable[]]$Awaited)
    $script:JudgedAt = Get-Elapsed
    $lines = @("Now|$script:JudgedAt|$script:ScheduleGrace")
    $lines += $Awaited | ForEach-Object { "Awaited|$($_.Kind)|$($_.Name)|$($_.ReadyWithin)" }
    $script:Verdicts = @(Get-Verdict ($lines + $script:Watched + $script:Facts))
    $script:Watched = @($script:Verdicts | Where-Object { $_.StartsWith('Watch|', [StringComparison]::Ordinal) })
    $script:Pending = @(Get-VerdictRow 'Pending' | ForEach-Object { $_[1] })
}

# The columns of the verdicts of a kind.
function Get-VerdictRow {
    param([string]$Kind)
    foreach ($line in $script:Verdicts) {
        if ($line.StartsWith("$Kind|", [StringComparison]::Ordinal)) { , $line.Split([char[]]'|', 5) }
    }
}

# The first workloads that are not ready, with counts, for people.
function Get-ProgressText {
    $most = 8
    $texts = @(Get-VerdictRow 'Pending' | ForEach-Object { "$($_[1]) $($_[2])".TrimEnd() })
    $more = if ($texts.Count -gt $most) { ", … (+$($texts.Count - $most))" }
    (@($texts | Select-Object -First $most) -join ', ') + $more
}

function Write-News {
    foreach ($line in $script:Verdicts) {
        $kind, $object, $reason, $message = $line.Split([char[]]'|', 4)
        if ($kind -ceq 'News') { Write-Text 'state' $object, $reason, (ConvertFrom-GoString $message) }
    }
}

function Remove-StuckPod {
    foreach ($row in @(Get-VerdictRow 'Stuck')) {
        $pod, $reason = $row[1..2]
        if ($script:Freed -ccontains $pod) { continue }
        $script:Freed += $pod
        Write-Text 'freeing' $pod, $reason
        $answer = Invoke-PatientKubectl 'delete', 'pod', $pod, '--ignore-not-found', '--wait=false'
        if ($answer.ExitCode) { Write-Answer $answer }
    }
}

function Exit-IfFailed {
    $failed = @(Get-VerdictRow 'Failed')
    if (-not $failed) { return }
    $null, $workload, $pod, $reason, $message = $failed[0]
    $cause = if ($workload -clike 'Job/*' -and $reason -ceq 'Failed') { New-Cause 'job_failed' $workload.Substring(4) }
    elseif ($reason -ceq 'Unready') { New-Cause 'never_ready' $workload, $pod }
    elseif ($pod -ceq '-') { New-Cause 'workload_stalled' $workload, $reason, (ConvertFrom-GoString $message) }
    else { New-Cause 'workload_failed' $workload, $pod, $reason, (ConvertFrom-GoString $message) }
    Write-Report $workload $cause
    Exit-WithAdvice $ExitFailed $workload
}

# Keeps what the awaited Jobs said last: when something has changed, and every five seconds.
function Save-JobLog {
    $jobs = @($script:Pending | Where-Object { $_ -clike 'Job/*' })
    if (-not $jobs) { return }
    $isNew = [string]::Join("`n", $script:Facts) -cne [string]::Join("`n", $script:FactsTold)
    if (-not $isNew -and (Get-Elapsed) - $script:ToldAt -lt 5) { return }
    $script:FactsTold = $script:Facts
    $script:ToldAt = Get-Elapsed
    foreach ($job in $jobs) {
        foreach ($pod in @(Get-NewestPod $job)) {
            $lines = Get-PodLog $pod.Name
            if ($lines) { $script:JobLogs[$job] = $lines }
        }
    }
}

# --- Reports --------------------------------------------------------------------------------------------------------

$LogLines = 20
$Explained = 8  # workloads whose causes are told when the time is over
$Advised = 5    # workloads for which commands are given then
$CauseRoom = 26 # lines for the causes: so they are among the last forty, with the time limit before them and the commands after them

$script:Why = @() # what was said last of causes, as rows of New-Cause

# The last log lines of a workload (KIND/NAME) that is not ready, then why it is not: that is short, and people look at the end first.
# Another cause comes after that.
function Write-Report {
    param([string]$Workload, [hashtable[]]$Last = @())
    $script:Why = @(Get-Cause $Workload) + $Last
    Write-WorkloadLog $Workload
    Write-Cause $script:Why
}

# Of a Job the lines that were kept, where there are any, else those of the pods that are not ready.
function Write-WorkloadLog {
    param([string]$Workload)
    if ($Workload -clike 'Job/*') {
        $lines = $script:JobLogs[$Workload]
        foreach ($pod in @(Get-NewestPod $Workload)) {
            if (-not $lines) { $lines = Get-PodLog $pod.Name }
        }
        Write-LogReport $Workload $(if ($lines) { $lines } else { Get-Text 'logs_none' })
        return
    }
    foreach ($pod in @(Get-NewestPod $Workload)) {
        if (-not $pod.IsReady) { Write-LogReport "Pod/$($pod.Name)" (Get-PodLog $pod.Name) }
    }
}

# Why a workload is not ready, as rows of New-Cause.
function Get-Cause {
    param([string]$Workload)
    $pods = @(Get-NewestPod $Workload)
    Get-ExternalSecretCause $Workload
    foreach ($pod in $pods) {
        if (-not $pod.IsReady) { Get-PodCause $pod.Name }
    }
    Get-EventCause $Workload.Split('/')[1] @($pods | ForEach-Object { $_.Name })
}

# A text of the catalog and its arguments, for Write-Cause.
function New-Cause {
    param([string]$Key, [string[]]$Values = @())
    @{ Key = $Key; Values = $Values }
}

function Write-Cause {
    param([hashtable[]]$Causes)
    foreach ($cause in $Causes) { Write-Complaint $cause.Key $cause.Values }
}

# What a pod's containers wait for, and how the previous ones ended.
function Get-PodCause {
    param([string]$Pod)
    foreach ($state in (Get-FactTable).States[$Pod]) {
        $message = ConvertFrom-GoString $state.Message
        if ($state.IsLast) { New-Cause 'pod_before' $Pod, $state.Container, $state.Reason, $message }
        elseif ($state.Reason -cne 'Running') { New-Cause 'state' "Pod/$Pod", $state.Reason, $message }
    }
}

# What the Secret of an ExternalSecret (KIND/NAME) lacks, and what the controller says; nothing of another kind.
function Get-ExternalSecretCause {
    param([string]$Workload)
    $columns = Get-Fact $Workload
    if ($Workload -cnotlike 'ExternalSecret/*' -or -not $columns) { return }
    $null, $null, $lacking, $secret, $status, $reason, $message = ($columns -join '|').Split([char[]]'|', 7)
    if ($lacking -ceq '* ') { New-Cause 'secret_empty' $secret }
    else { New-Cause 'secret_lacks' $secret, $lacking.TrimEnd() }
    if ($status) { New-Cause 'condition' $status, $reason, (ConvertFrom-GoString $message) }
    else { New-Cause 'condition_none' }
}

# The last warnings about the workload of that name, its newest pods, what makes them, and their claims.
function Get-EventCause {
    param([string]$Name, [string[]]$Pods)
    $words = 'get', 'events', '--field-selector', 'type=Warning', '--sort-by', '.lastTimestamp', '--request-timeout',
        '10s', '--output', "go-template=$EventsTemplate"
    $answer = Invoke-Kubectl $words
    if ($answer.ExitCode) { return }
    $claims = @(foreach ($pod in $Pods) { (Get-FactTable).Claims[$pod] })
    $lines = @()
    foreach ($line in Get-Line $answer.Output) {
        $object = $line.Split('|')[0]
        $isOurs = $claims -ccontains $object -or (Test-Concern $object $Name $Pods)
        if ($isOurs -and $lines -cnotcontains $line) { $lines += $line }
    }
    foreach ($line in $lines | Select-Object -Last 5) {
        $object, $reason, $message = $line.Split([char[]]'|', 3)
        New-Cause 'event' $object, $reason, (ConvertFrom-GoString $message)
    }
}

# Whether an event's object is the workload of that name, one of the pods, or something named after one of them.
function Test-Concern {
    param([string]$Object, [string]$Name, [string[]]$Pods)
    if ($Object -ceq $Name -or "$Object-".Contains("-$Name-")) { return $true }
    foreach ($pod in $Pods) {
        if ($Object -ceq $pod -or $pod.StartsWith("$Object-", [StringComparison]::Ordinal)) { return $true }
    }
    $false
}

function Write-LogReport {
    param([string]$Object, [string]$Lines)
    if (-not $Lines) { return }
    Write-Complaint 'logs' $Object
    foreach ($line in $Lines -split '\r?\n') { Write-Complaint 'log_line' $line }
}

# The last log lines of a pod. A container that is about to be restarted has none of its own: then those of the previous.
function Get-PodLog {
    param([string]$Pod)
    $lines = Get-KeptLog $Pod
    if ($lines) { $lines } else { Get-KeptLog $Pod, '--previous' }
}

# Without what the node says in place of a log that it does not have.
function Get-KeptLog {
    param([string[]]$Which)
    $node = '^(\[[^]]*\] )?(unable to retrieve container logs for |failed to try resolving symlinks in path )'
    $manner = '--all-containers', '--prefix', '--tail', $LogLines, '--request-timeout', '10s'
    $lines = (Invoke-Kubectl (@('logs') + $Which + $manner)).Output -split '\r?\n'
    ($lines | Where-Object { $_ -cnotmatch $node }) -join "`n"
}

# Undoes the quoting of the Go templates (%q). A message stays on one line, on which all white space is blanks.
function ConvertFrom-GoString {
    param([string]$Text)
    $backslash = [string][char]30
    $inner = ($Text -replace '^"|"$', '').Replace('\\', $backslash) -creplace '\\[nrt]', ' '
    $inner.Replace('\"', '"').Replace($backslash, '\')
}

# The time of the run is over: prints why the awaited workloads are not ready, which takes at most 20 seconds more.
function Exit-TimedOut {
    $script:Deadline = (Get-Elapsed) + 20
    $first = @()
    $others = @()
    foreach ($workload in $script:Pending) {
        $row = @{ Workload = $workload; Causes = @(Get-Cause $workload) }
        # What only events tell of may wait for one of those that have more to say.
        if ($row.Causes -and $row.Causes[0].Key -cne 'event') { $first += $row } else { $others += $row }
    }
    foreach ($workload in $script:Pending) { Write-WorkloadLog $workload }
    $rows = $first + $others
    $script:Why = @(New-Cause 'timed_out' $script:Timeout) + @(Get-Explanation $rows)
    Write-Cause $script:Why
    Exit-WithAdvice $ExitTimedOut @($rows | Select-Object -First $Advised | ForEach-Object { $_.Workload })
}

# Why the first of these workloads are not ready, each in a share of the lines that there is room for (of more causes the first ones
# and the last one), and which the others are; as rows of New-Cause.
function Get-Explanation {
    param([hashtable[]]$Rows)
    if (-not $Rows) { return }
    $share = [Math]::Floor($CauseRoom / [Math]::Min($Rows.Count, $Explained)) - 1
    foreach ($row in $Rows | Select-Object -First $Explained) {
        New-Cause 'unready' $row.Workload
        $causes = $row.Causes
        if ($causes.Count -gt $share) { $causes = @($causes | Select-Object -First ($share - 1)) + $causes[-1] }
        $causes
    }
    $others = @($Rows | Select-Object -Skip $Explained | ForEach-Object { $_.Workload })
    if ($others) { New-Cause 'unready_too' ($others -join ' ') }
}

# Says how to look further and how to undo, and ends the run.
function Exit-WithAdvice {
    param([int]$Code, [string[]]$Names)
    $target = Get-ShellWord $script:Context
    $kubectl = "kubectl --context $target --namespace $Namespace"
    Write-Complaint 'look_further'
    foreach ($workload in $Names) { Write-Complaint 'command' "$kubectl describe $workload" }
    $path = Get-ShellWord $PSCommandPath
    $call = if ($path -ceq $PSCommandPath) { '' } else { '& ' }
    Write-Complaint 'command' "$call$path --context $target --status"
    foreach ($workload in $Names) {
        if (Test-Undoable $workload) { Write-Complaint 'command' "$kubectl rollout undo $workload" }
    }
    Exit-Script $Code
}

# Whether a workload (KIND/NAME) is what this run has made of an earlier revision, and does not put back itself.
function Test-Undoable {
    param([string]$Workload)
    $isNew = $script:Changes -ccontains $Workload -and $script:Missing -cnotcontains $Workload
    $isNew -and $Workload -cmatch '^(Deployment|StatefulSet)/' -and -not (Test-Option 'rollback-on-failure')
}

# A text as it is typed into PowerShell.
function Get-ShellWord {
    param([string]$Text)
    if ($Text -cmatch '^[A-Za-z0-9_./:\\@+,-]+$') { $Text } else { "'" + $Text.Replace("'", "''") + "'" }
}

# What has changed, how long it took, and what to open.
function Write-Summary {
    if ($script:Changes) { Write-Text 'changed' ($script:Changes -join ' ') } else { Write-Text 'unchanged' }
    if ($script:PhaseTimes) { Write-Text 'times' ($script:PhaseTimes -join ', ') }
    foreach ($row in $Addresses) {
        if (Test-Included $row.Phase) { Write-Text 'address' $row.Address }
    }
}

# --- Status ---------------------------------------------------------------------------------------------------------

# Shows what is deployed, and what is not ready and why.
function Write-Readiness {
    $release, $hash = $script:DeployedVersion, $script:DeployedHash | ForEach-Object { if ($_) { $_ } else { '?' } }
    Write-Text 'deployed' $release, $hash
    if ($script:Lease -and $script:Lease.Holder) { Write-Text 'lock_is_held' $script:Lease.Holder, $script:Lease.Since }
    $awaited = @(Get-IncludedWorkload)
    if ((Test-External $awaited) -and -not (Read-Fact $awaited)) { Write-Complaint 'kubectl' $script:PollFailure }
    Set-Verdict $awaited
    foreach ($workload in $script:Pending) {
        Write-Complaint 'unready' $workload
        Write-Report $workload
    }
    if (-not $script:Pending) { Write-Text 'all_ready' $script:Verdicts.Count }
}

# Shows what differs, and ends the run: with 1 when something is not ready.
function Exit-WithStatus {
    foreach ($object in $script:Differing) { Write-Text 'differs' $object }
    if (-not $script:Differing) { Write-Text 'nothing_differs' }
    Write-Orphan
    Exit-Script $(if ($script:Pending) { $ExitFailed } else { $ExitDone })
}

# --- Deployment -----------------------------------------------------------------------------------------------------

$script:ScheduleGrace = 0

function Write-Help {
    Write-Line (Get-Text 'help_usage' (Split-Path -Leaf $PSCommandPath))
    Write-Line (Get-Text 'help_summary' (Get-Title), $Namespace, $Environment)
    Write-Line ''
    Write-OptionHelp
    Write-Line ''
    Write-Line (Get-Text 'help_phases')
    foreach ($phase in $Phases) { Write-Line "  $($phase.Name)  $(Select-Language $phase.TitleKo $phase.TitleEn)" }
    Write-Line ''
    Write-Line (Get-Text 'help_variables')
    foreach ($key in $SecretKeys) { Write-Line "  $($key.Variable)  (Secret $($key.Secret), $($key.Key))" }
    Write-Line ''
    Write-Line (Get-Text 'help_exit_codes')
}

# Whether the run only looks.
function Test-ReadOnly {
    (Test-Option 'dry-run') -or (Test-Option 'diff') -or (Test-Option 'status')
}

# Someone must have said where to: by --context, by --yes, or now on the terminal.
function Confirm-Target {
    if ((Test-Option 'context') -or (Test-Option 'yes') -or (Test-ReadOnly)) { return }
    Confirm-OnTerminal 'confirm'
}

# Starts all that is read before the first write, together: PowerShell takes as long for the work between these calls as kubectl for them.
# First what the lock needs, then what takes longest. A run that writes does so only where the lock is free: then it cannot be taken if
# another run has had it since, so nobody writes meanwhile.
function Start-Reading {
    if (-not $script:HasNamespace) { return }
    if (-not (Test-ReadOnly) -and (-not $script:Lease -or $script:Lease.Holder)) { return }
    if (-not (Test-ReadOnly)) { Read-Clock -By 'Start-Ahead' }
    $rows = @(Get-ComparedRow)
    if ($rows) {
        Start-Ahead @(Get-DryRunWord @(Get-FileWord $rows))
        Start-Ahead @(Get-LiveWord $rows)
    }
    Start-Ahead @(Get-WorkloadWord)
    if ($Secrets) { Start-Ahead @(Get-SecretWord) }
}

# Finds what there is to do, without writing anything but the lock.
function Initialize-Plan {
    if ($script:HasNamespace) { Read-Workload }
    Initialize-Change
}

function Read-Workload {
    Set-Fact (Read-Cluster 'workloads' @(Get-WorkloadWord))
}

function Initialize-Change {
    Initialize-Secret
    Find-OutdatedJob @(Get-IncludedWorkload)
    Assert-Applicable
}

function Write-Plan {
    if (-not $script:HasNamespace) {
        if (Test-Option 'status') { Exit-Failed 'not_deployed' $Namespace }
        Initialize-Secret
        Write-SecretPreview
        Write-Text 'namespace_new' $Namespace
        return
    }
    Read-Workload
    # What is not ready is said also where the comparison ends the run.
    if (Test-Option 'status') { Write-Readiness }
    Initialize-Change
    if (Test-Option 'status') { Exit-WithStatus }
    Write-Preview
    if (Test-Option 'diff') { Write-Difference }
}

function Invoke-Deployment {
    if (-not $script:HasNamespace) { Publish-Namespace }
    Lock-Namespace
    if (-not $script:HasNamespace) { Start-Watch } # there will be something to wait for
    Initialize-Plan
    Write-Inventory @(Get-AllObject) $script:DeployedVersion $script:DeployedHash
    Publish-System
    $removed = @()
    if (Test-Option 'prune') { $removed = @(Remove-Orphan) } else { Write-Orphan }
    $left = @($script:DeployedObjects | Where-Object { $removed -cnotcontains $_ })
    if (Test-Option 'only') { Write-Inventory $left $script:DeployedVersion $script:DeployedHash }
    else { Write-Inventory $left $Version $script:Hash }
    Write-Summary
}

# Every end of the run: puts back what a failed one has changed if that is wanted, and gives the lock back.
function Complete-Run {
    $code = $script:ExitCode
    $why = @()
    try {
        # A run that has lost the lock leaves all to the one that has it.
        $isWanted = $script:Changes -and $script:Holder -and (Test-Option 'rollback-on-failure')
        if ($isWanted -and $code -in $ExitFailed, $ExitTimedOut) {
            $script:ExitCode = $null
            $why = $script:Why
            Restore-System
            $script:ExitCode = $code
        }
    }
    catch {
        Write-ErrorLine ($_ | Out-String)
        $script:ExitCode = $code
    }
    finally {
        if ($null -ne $code -and $null -eq $script:ExitCode) {
            $code = $null
            Write-Interruption
        }
        Stop-Watch
        Unlock-Namespace
        Stop-Ahead
        Write-Cause $why # it may have been said long ago
        if ($null -ne $code) { Exit-Script $code }
    }
}

function Invoke-Main {
    Read-GivenValue
    $script:ScheduleGrace = [int](Get-OptionValue 'schedule-grace' 120)
    Select-Phase
    Assert-RotatedStep
    Start-Kubectl
    if ($script:Context) { Start-Ahead $PlaceQuery -Seconds $PlaceSeconds } # else someone may have to agree first
    Initialize-File
    Assert-Kubectl
    Initialize-Context
    Confirm-Target
    $script:AtExit = { Complete-Run }
    Start-Clock
    if (-not (Test-ReadOnly)) { Write-Text 'started' (Get-Title) }
    Write-Text 'target' $script:Context, $Namespace, $Environment
    Read-Place
    Assert-Environment
    Start-Reading
    if (Test-ReadOnly) {
        Write-Plan
    }
    else {
        Invoke-Deployment
        Write-Text 'finished' (Get-Title)
    }
}

# --- Run ------------------------------------------------------------------------------------------------------------

# Has the console take UTF-8, and gives the encodings that it had; none where there is no console.
function Enable-Utf8Console {
    $before = @{ Output = [Console]::OutputEncoding; Input = [Console]::InputEncoding }
    $utf8 = [Text.UTF8Encoding]::new($false)
    try {
        Set-ConsoleEncoding @{ Output = $utf8; Input = $utf8 }
        $before
    }
    catch [IO.IOException] { $null }
}

function Set-ConsoleEncoding {
    param([hashtable]$Encodings)
    [Console]::OutputEncoding = $Encodings.Output
    # Windows PowerShell begins what programs read with the mark of this one, if it has one.
    if ($PSVersionTable.PSEdition -cne 'Core') { [Console]::InputEncoding = $Encodings.Input }
}

function Invoke-Script {
    [CmdletBinding()]
    param([string[]]$Arguments)
    $script:Pipeline = $PSCmdlet
    try {
        $words = @(ConvertTo-GnuSpelling $Arguments)
        Initialize-Language $words
        Read-Option $words
        Initialize-Folder
        Invoke-Main
        Exit-Script $ExitDone
    }
    catch {
        Write-ErrorLine ($_ | Out-String)
        Exit-Script $ExitFailed
    }
    finally {
        if ($null -eq $script:ExitCode) {
            Write-Interruption
        }
        & $script:AtExit
    }
}

# An interruption (Ctrl-C) runs `finally` and nothing else.
$encodings = Enable-Utf8Console
try {
    Invoke-Script $Arguments
}
finally {
    if ($encodings) { Set-ConsoleEncoding $encodings }
    if ($null -eq $script:ExitCode) { exit $ExitInterrupted }
}
