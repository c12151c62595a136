# plan: begin
$TitleKo = 'Count 통합 관리 시스템'
$TitleEn = 'Count management system'
$PlanRegistry = ''
$PlanVersion = 'latest'
$Images = @(
    @{ Name = 'common'; Dockerfile = 'common/Dockerfile'; Common = 'yes' }
    @{ Name = 'count-write-service'; Dockerfile = 'count-write-service/Dockerfile'; Common = 'no' }
    @{ Name = 'count-read-service'; Dockerfile = 'count-read-service/Dockerfile'; Common = 'no' }
    @{ Name = 'count-management-service'; Dockerfile = 'count-management-service/Dockerfile'; Common = 'no' }
    @{ Name = 'count-analysis-service'; Dockerfile = 'count-analysis-service/Dockerfile'; Common = 'no' }
    @{ Name = 'dashboard-provision-service'; Dockerfile = 'dashboard-provision-service/Dockerfile'; Common = 'no' }
    @{ Name = 'dashboard-update-service'; Dockerfile = 'dashboard-update-service/Dockerfile'; Common = 'no' }
)
$Options = @(
    @{ Name = 'root'; ArgumentKo = '폴더'; ArgumentEn = 'DIR'; HelpKo = '소스 루트이자 빌드 컨텍스트. 기본값은 이 스크립트 폴더의 상위 폴더'; HelpEn = 'Source root and build context. Default is the parent of this script''s folder' }
    @{ Name = 'lang'; ArgumentKo = 'ko|en'; ArgumentEn = 'ko|en'; HelpKo = '메시지 언어. 생략하면 로캘에 따름'; HelpEn = 'Language of the messages. Default follows the locale' }
    @{ Name = 'help'; ArgumentKo = ''; ArgumentEn = ''; HelpKo = '이 도움말'; HelpEn = 'This text' }
)
$Messages = @(
    @{ Key = 'help_usage'; Ko = '사용법: {0} [옵션]'; En = 'Usage: {0} [options]' }
    @{ Key = 'help_options'; Ko = '옵션 (--옵션=값 형식도 가능):'; En = 'Options (--option=value works too):' }
    @{ Key = 'see_help'; Ko = '옵션 목록은 --help로 볼 수 있습니다.'; En = '--help lists the options.' }
    @{ Key = 'option_needs_value'; Ko = '오류: {0} 옵션에 값이 필요합니다.'; En = 'Error: option {0} needs a value.' }
    @{ Key = 'option_takes_no_value'; Ko = '오류: {0} 옵션은 값을 받지 않습니다.'; En = 'Error: option {0} takes no value.' }
    @{ Key = 'option_unknown'; Ko = '오류: 알 수 없는 옵션 {0}'; En = 'Error: unknown option {0}' }
    @{ Key = 'argument_unknown'; Ko = '오류: 알 수 없는 인수 {0}'; En = 'Error: unknown argument {0}' }
    @{ Key = 'language_wrong'; Ko = '오류: --lang {0}: ko 또는 en이어야 합니다.'; En = 'Error: --lang {0}: it must be ko or en.' }
    @{ Key = 'interrupted'; Ko = '중단되었습니다.'; En = 'Interrupted.' }
    @{ Key = 'help_summary'; Ko = '{0}의 컨테이너 이미지를 만듭니다.'; En = 'Builds the container images of {0}.' }
    @{ Key = 'help_variables'; Ko = '환경 변수:
  REGISTRY  이미지 이름 앞의 레지스트리, 끝의 /는 있어도 없어도 됨. 빈 값이면 없음. 기본값 ''{0}''
  VERSION   이미지 태그. 기본값 ''{1}'''; En = 'Environment variables:
  REGISTRY  Registry before the images'' names, with or without a / at its end; empty for none. Default ''{0}''
  VERSION   Tag of the images. Default ''{1}''' }
    @{ Key = 'help_exit_codes'; Ko = '종료 코드: 0 완료, 1 실패, 2 잘못된 사용, 130 중단'; En = 'Exit codes: 0 done, 1 failed, 2 wrong usage, 130 interrupted' }
    @{ Key = 'started'; Ko = '=== {0} 이미지 빌드 시작 ==='; En = '=== Images of {0}: start ===' }
    @{ Key = 'finished'; Ko = '=== {0} 이미지 빌드 완료 ==='; En = '=== Images of {0}: done ===' }
    @{ Key = 'names_differ'; Ko = '주의: 이 이미지는 {0} 이름으로 만들어지지만, 매니페스트가 쓰는 이름은 {1}입니다.'; En = 'Note: the images are built as {0}, and the manifests name {1}.' }
    @{ Key = 'root_missing'; Ko = '오류: 소스 루트 {0} 폴더가 없습니다.'; En = 'Error: the source root {0} is no folder.' }
    @{ Key = 'dockerfile_missing'; Ko = '오류: Dockerfile이 없습니다: {0}'; En = 'Error: there is no Dockerfile {0}' }
    @{ Key = 'root_hint'; Ko = '소스 루트는 {0}입니다. 다른 곳이면 --root 폴더로 지정하세요.'; En = 'The source root is {0}. Give another one with --root DIR.' }
    @{ Key = 'docker_missing'; Ko = '오류: docker를 찾을 수 없습니다.'; En = 'Error: docker is not found.' }
    @{ Key = 'building'; Ko = '[{0}/{1}] {2} 빌드'; En = '[{0}/{1}] Building {2}' }
    @{ Key = 'build_failed'; Ko = '오류: {0} 빌드에 실패했습니다.'; En = 'Error: building {0} failed.' }
)
# plan: end
