"""Configuration that is not secret, and the templates of what is."""

import re
from collections.abc import Iterable, Mapping

from cdk8s_backend.errors import InvalidValueError
from cdk8s_backend.manifest import KubernetesObjects, add_object
from cdk8s_backend.names import validate_dns_subdomain, validate_key
from cdk8s_backend.values import ConfigKey, SecretKey

from cdk8s import ApiObject
from constructs import Construct

__all__ = ["Configuration", "SecretSource", "SecretTemplate"]

_VARIABLE = re.compile(r"[A-Z_][A-Z0-9_]*")
# A server-side apply refuses these characters or, of U+0085, makes a blank; NUL can be in no variable, half a character
# in no file.
_LOST = re.compile(r"[\x00\x7f-\x9f\ufffe\uffff\ud800-\udfff]")


class Configuration(KubernetesObjects):
    """A ConfigMap whose keys are handed on as values (specification rule 5).

    Args:
        scope: Where it belongs.
        id: Its name in the construct tree.
        name: Name of the ConfigMap.
        data: Key to value; keys in a dotted hierarchy, like `redis.url`.

    Attributes:
        config_map: The ConfigMap.

    Raises:
        InvalidValueError: The name or a key is none that Kubernetes takes, or a value is not text, or has a character
            that would not arrive in a cluster as it is.
    """

    def __init__(self, scope: Construct, id: str, *, name: str, data: Mapping[str, str]) -> None:  # noqa: A002
        validate_dns_subdomain(name, "ConfigMap")
        for key, value in data.items():
            validate_key(key, f"ConfigMap {name}: key")
            if not isinstance(value, str):
                raise InvalidValueError(f"ConfigMap {name}: {key}: {value!r} is not text; write {str(value)!r}")
            if lost := _LOST.search(value):
                code = f"U+{ord(lost[0]):04X}"
                raise InvalidValueError(
                    f"ConfigMap {name}: {key}: the character {code} would not arrive as it is; leave it out"
                )
        manifest = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": dict(data)}
        super().__init__(scope, id, {"Default": manifest})
        self._name = name
        self._data = dict(data)

    @property
    def config_map(self) -> ApiObject:
        """The ConfigMap."""
        return self.api_object()

    def key(self, key: str) -> ConfigKey:
        """A reference to a key of this ConfigMap.

        Raises:
            InvalidValueError: There is no such key.
        """
        if key not in self._data:
            raise InvalidValueError(f"ConfigMap {self._name} has no key {key!r}; its keys: {', '.join(self._data)}")
        return ConfigKey(self._name, key, self._data[key])


class SecretSource(Construct):
    """What brings a Secret into the cluster; its keys are handed on as values (specification rule 6).

    `SecretTemplate` is one. Another one derives from this class and adds the object that makes the Secret.

    Args:
        scope: Where it belongs.
        id: Its name in the construct tree.
        name: Name of the Secret.
        keys: Its keys.

    Raises:
        InvalidValueError: The name or a key is none that Kubernetes takes.
    """

    def __init__(self, scope: Construct, id: str, *, name: str, keys: Iterable[str]) -> None:  # noqa: A002
        super().__init__(scope, id)
        self._name = validate_dns_subdomain(name, "Secret")
        self._keys = tuple(validate_key(key, f"Secret {name}: key") for key in keys)

    def key(self, key: str) -> SecretKey:
        """A reference to a key of the Secret.

        Raises:
            InvalidValueError: There is no such key.
        """
        if key not in self._keys:
            raise InvalidValueError(f"Secret {self._name} has no key {key!r}; its keys: {', '.join(self._keys)}")
        return SecretKey(self._name, key)


class SecretTemplate(SecretSource):
    """A Secret whose values are placeholders `${VARIABLE}`: real ones come at deployment (specification rule 6).

    Args:
        scope: Where it belongs.
        id: Its name in the construct tree.
        name: Name of the Secret.
        variables: Key to the name of the environment variable that supplies its value at deployment.

    Attributes:
        secret: The Secret.

    Raises:
        InvalidValueError: The name or a key is none that Kubernetes takes, or a variable's name none that a shell
            takes.
    """

    def __init__(self, scope: Construct, id: str, *, name: str, variables: Mapping[str, str]) -> None:  # noqa: A002
        super().__init__(scope, id, name=name, keys=variables)
        for key, variable in variables.items():
            if not _VARIABLE.fullmatch(variable):
                raise InvalidValueError(
                    f"Secret {name}: {key}: variable {variable!r} may hold capital letters, digits and '_' only"
                )
        self.secret = add_object(
            self,
            "Default",
            {
                "apiVersion": "v1",
                "kind": "Secret",
                "metadata": {"name": name},
                "type": "Opaque",
                "stringData": {key: f"${{{variable}}}" for key, variable in variables.items()},
            },
        )
