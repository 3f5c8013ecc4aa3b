"""Layers, networks, losses and first weights, with PyTorch's names and weight layout.

Read the files in this order: `module` (what a layer is), `linear`, `pointwise` and `activations`, `mlp` and
`sequential`; then the other layers, `targets` (what losses ask of their arguments), `losses` and `init`.
"""

from vector.nn import functional as functional, init as init
from vector.nn.activations import GELU as GELU, Identity as Identity, PReLU as PReLU, RReLU as RReLU
from vector.nn.activations import Softplus as Softplus
from vector.nn.convolution import AvgPool2d as AvgPool2d, Conv2d as Conv2d, MaxPool2d as MaxPool2d
from vector.nn.dropout import Dropout as Dropout
from vector.nn.flatten import Flatten as Flatten
from vector.nn.linear import Embedding as Embedding, Linear as Linear
from vector.nn.criteria import *
from vector.nn.losses import *
from vector.nn.mlp import ACTIVATIONS as ACTIVATIONS, MLP as MLP
from vector.nn.module import Module as Module, functional_call as functional_call, parameter as parameter
from vector.nn.normalisation import BatchNorm1d as BatchNorm1d, LayerNorm as LayerNorm
from vector.nn.pointwise import *
from vector.nn.sequential import ModuleDict as ModuleDict, ModuleList as ModuleList, Sequential as Sequential
from vector.op import publish as _publish
from vector.vocabulary import teach as _teach

_publish(globals(), "ACTIVATIONS", "init", "functional")
_teach(__name__)
_teach(init)
