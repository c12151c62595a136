from __future__ import annotations

from pkgutil import extend_path
__path__ = extend_path(__path__, __name__)

import abc
import builtins
import datetime
import enum
import typing

import jsii
import publication
import typing_extensions

from jsii._type_checking import cached_type_hints, check_type


from ._jsii import *

class _LazyImport:
    def __init__(self, module_name: str) -> None:
        self._module_name = module_name
        self._module: typing.Any = None
    def __getattr__(self, name: str) -> typing.Any:
        if self._module is None:
            import importlib
            self._module = importlib.import_module(self._module_name)
        return getattr(self._module, name)

if typing.TYPE_CHECKING:

    import cdk8s as _cdk8s_d3d9af27
    import constructs as _constructs_77d1e7e8
else:

    _cdk8s_d3d9af27 = _LazyImport("cdk8s")
    _constructs_77d1e7e8 = _LazyImport("constructs")


class Objects(
    _constructs_77d1e7e8.Construct,
    metaclass=jsii.JSIIMeta,
    jsii_type="cdk8s-backend-objects.Objects",
):
    '''A construct and its Kubernetes objects, which cross from another language in one call.'''

    def __init__(
        self,
        scope: "_constructs_77d1e7e8.Construct",
        id: builtins.str,
        manifests: builtins.str,
    ) -> None:
        '''
        :param scope: Where it belongs.
        :param id: Its name in the construct tree.
        :param manifests: JSON: a list of pairs, the name of an object in the construct tree and its manifest.
        '''
        if __debug__:
            type_hints = cached_type_hints(_typecheckingstub__b077f02a8a671f17a816e4ccaab9d2f8d107beb792e259d2bf784a51e2132aac)
            check_type(argname="argument scope", value=scope, expected_type=type_hints["scope"])
            check_type(argname="argument id", value=id, expected_type=type_hints["id"])
            check_type(argname="argument manifests", value=manifests, expected_type=type_hints["manifests"])
        jsii.create(self.__class__, self, [scope, id, manifests])

    @jsii.member(jsii_name="add")
    @builtins.classmethod
    def add(
        cls,
        scope: "_constructs_77d1e7e8.Construct",
        id: builtins.str,
        manifest: builtins.str,
    ) -> "_cdk8s_d3d9af27.ApiObject":
        '''Adds a Kubernetes object to a construct.

        What lies beside the metadata are patches: they keep every field and value, and the order of the fields.

        :param scope: Where it belongs.
        :param id: Its name in the construct tree.
        :param manifest: JSON: the manifest.
        '''
        if __debug__:
            type_hints = cached_type_hints(_typecheckingstub__2df044acbcaaa59d41aca79aade3769f4c53a568b6cf4a5c3b2e3d214db6fddf)
            check_type(argname="argument scope", value=scope, expected_type=type_hints["scope"])
            check_type(argname="argument id", value=id, expected_type=type_hints["id"])
            check_type(argname="argument manifest", value=manifest, expected_type=type_hints["manifest"])
        return typing.cast("_cdk8s_d3d9af27.ApiObject", jsii.sinvoke(cls, "add", [scope, id, manifest]))

    @jsii.member(jsii_name="read")
    @builtins.classmethod
    def read(cls, app: "_cdk8s_d3d9af27.App") -> builtins.str:
        '''Reads the objects of all charts of an app.

        :param app: -

        :return: JSON: a list of pairs, the path of a chart and its manifests.
        '''
        if __debug__:
            type_hints = cached_type_hints(_typecheckingstub__fc4b6d35a9ee08c8929bd9e86ea29e0b81746eadf943e7e4b636b6b50c20627b)
            check_type(argname="argument app", value=app, expected_type=type_hints["app"])
        return typing.cast(builtins.str, jsii.sinvoke(cls, "read", [app]))


__all__ = [
    "Objects",
]

publication.publish()

def _typecheckingstub__b077f02a8a671f17a816e4ccaab9d2f8d107beb792e259d2bf784a51e2132aac(
    scope: _constructs_77d1e7e8.Construct,
    id: builtins.str,
    manifests: builtins.str,
) -> None:
    """Type checking stubs"""
    pass

def _typecheckingstub__2df044acbcaaa59d41aca79aade3769f4c53a568b6cf4a5c3b2e3d214db6fddf(
    scope: _constructs_77d1e7e8.Construct,
    id: builtins.str,
    manifest: builtins.str,
) -> None:
    """Type checking stubs"""
    pass

def _typecheckingstub__fc4b6d35a9ee08c8929bd9e86ea29e0b81746eadf943e7e4b636b6b50c20627b(
    app: _cdk8s_d3d9af27.App,
) -> None:
    """Type checking stubs"""
    pass
