"""What the worlds of compiled steps are written with: text with holes, such as {R} for something that can be read.

{R}, {W}: an array to read, to write; {E}: an expression; {N}: a number; {p}: a parameter; {P}: the parameters, {O}: the
optimizer, {M}: the model.
"""

ACTIVATIONS = [
    "ReLU()", "Tanh()", "Sigmoid()", "GELU()", "SiLU()", "ELU()", "SELU()", "Softplus()", "Softplus(2.0)",
    "LeakyReLU()", "LeakyReLU(1 / 3)", "Mish()", "Identity()", "PReLU()",
]  # fmt: skip
OPTIMIZERS = [
    "SGD({P}, lr=0.1)", "SGD({P}, lr=0.05)", "SGD({P}, lr=0.1, momentum=0.9, dampening=0.5, weight_decay=0.1)",
    "SGD({P}, lr=0.05, momentum=0.9, nesterov=True)", "SGD({P}, lr=0.1, weight_decay=0.01)",
    "Adagrad({P}, lr=0.05, lr_decay=0.1, weight_decay=0.1)", "Adagrad({P}, lr=0.05, initial_accumulator_value=0.1)",
    "Adam({P}, lr=0.01)", "Adam({P}, lr=0.01, betas=(0.8, 0.99), eps=1e-3, weight_decay=0.1)", "AdamW({P}, lr=0.01)",
    "AdamW({P}, lr=0.01, weight_decay=0.2, eps=1e-4)", "Lion({P}, lr=0.01, weight_decay=0.1)", "Lion({P}, lr=0.01)",
    "NAdam({P}, lr=0.01)", "NAdam({P}, lr=0.01, weight_decay=0.1)", "RMSprop({P}, lr=0.01, eps=1e-3)",
    "RMSprop({P}, lr=0.01, momentum=0.9, centered=True, weight_decay=0.1, eps=1e-2)",
]  # fmt: skip
SCHEDULES = [
    "StepLR({O}, 2, 0.5)", "LinearLR({O}, 0.2, 1.0, 4)", "CosineAnnealingLR({O}, 6)",
    "OneCycleLR({O}, max_lr=0.1, total_steps=20)",
    "SequentialLR({O}, [optim.LinearLR({O}, 0.5, 1.0, 2), optim.StepLR({O}, 3)], [2])",
]  # fmt: skip
LAYERS = [
    "nn.Linear({width}, {new}, {dtype}, generator=g)", "nn.Linear({width}, {new}, {dtype}, generator=g)",
    "nn.Linear({width}, {new}, bias=False, {dtype}, generator=g)", "nn.Dropout(0.5, generator=g)",
    "activations.Maxout(2)", "nn.Dropout(0.25, generator=g)", "nn.RReLU(generator=g)",
    "nn.BatchNorm1d({width}, {dtype})",
    "nn.BatchNorm1d({width}, momentum=None, {dtype})", "nn.LayerNorm({width}, {dtype})",
    "nn.BatchNorm1d({width}, affine=False, track_running_stats=False, {dtype})",
    "activations.APL({width}, {dtype}, generator=g)",
]  # fmt: skip
MODES = ["{M}.eval()", "{M}.train()"]
CHANGES = [
    "{O}.lr = 0.02", "{O}.lr *= 0.5", "{O}.weight_decay = 0.05", "{O}.weight_decay = 0.0", "{O}.momentum = 0.5",
    "{O}.betas = (0.7, 0.9)", "{O}.alpha = 0.9", "{O}.eps = 0.01", "rate = 0.3", "{P}[0].data = {P}[0].data * 0.9",
    "{P}[-1].data[...] = 0.1", "schedule.step()", "{M}.load_state_dict(start)", "{P}[0].requires_grad_(False)",
    "{P}[0].requires_grad_(True)", "config['clip'] = 0.3", "flags.add('penalty')", "flags.discard('penalty')",
    "{M}.layers[1].eval()", "{M}.layers[0] = {M}.layers[0]", "{M}.layers[1].p = 0.5", "optimizers.reverse()",
    "average[0] = average[0] + 0.1",
]  # fmt: skip
LOSSES = {
    "cross_entropy({out}, t)": "classes", "cross_entropy({out}, t, label_smoothing=0.1)": "classes",
    "nll_loss(vector.log_softmax({out}), t)": "classes", "mse_loss({out}, t)": "numbers",
    "l1_loss({out}, t)": "numbers", "huber_loss({out}, t, delta=0.5)": "numbers",
    "smooth_l1_loss({out}, t, beta=0.5)": "numbers", "binary_cross_entropy_with_logits({out}, t)": "bits",
    "hinge({out}, t)": "signs",
    "cosine_embedding_loss({out}, t, np.array([1, -1] * {out}.shape[0])[:{out}.shape[0]])": "numbers",
    "cosine_similarity({out}, t).mean()": "numbers",
}  # fmt: skip
CUSTOM = """
class Net(nn.Module):
    def __init__(self, layers):
        self.layers = layers
        self.scale = nn.parameter(np.float32(1.1))
        self.h = np.zeros(3, np.float32)
        self.calls = 0
    def __call__(self, x):
        for layer in self.layers:
            x = layer(x)
        if self.training:
            self.h = 0.9 * self.h + 0.1 * x.data.mean()
            x = x * self.scale
        return x
"""
EXTRAS = [
    "optim.clip_grad_norm_({P}, 0.5)", "optim.clip_grad_norm_({P}, config['clip'], norm_type=1.0)",
    "optim.clip_grad_value_({P}, 0.05)", "optim.clip_grad_value_({P}, config['clip'])",
    "({M}(x) ** 2).mean().backward()", "({M}(x * 0.5)).sum().backward()",
    "for _p in parameters:\n    _p.grad = _p.grad * 0.5", "for _p in parameters:\n    _p.grad += rate * _p.data",
    "parameters[0].grad[...] = 0.01", "np.clip(parameters[0].grad, -0.01, 0.01, parameters[0].grad)",
    "np.nan_to_num(parameters[0].grad, copy=False)", "count += 1",
]  # fmt: skip
AFTERS = [
    "for _a, _p in zip(average, parameters):\n    _a *= 0.5\n    _a += 0.5 * _p.data",
    "average = [0.9 * _a + 0.1 * _p.data for _a, _p in zip(average, parameters)]",
    "average[0][...] = parameters[0].data", "np.copyto(average[0], parameters[0].data)", "schedule.step()",
    "optimizer.lr *= 0.9", "parameters[0].data -= np.clip(parameters[0].data, -0.01, 0.01)",
    "for _p in parameters:\n    _p.data *= 0.99", "for _p in parameters:\n    _p.data = 0.99 * _p.data",
    "parameters[0].data = parameters[0].data[::-1]", "count += 1",
    "for _p in parameters:\n    np.clip(_p.data, -1, 1, out=_p.data)",
    "parameters[-1].data -= parameters[-1].data.mean()",
    "with vector.no_grad():\n    parameters[0] -= rate * parameters[0].grad",
    "with vector.no_grad():\n    for _p in parameters: _p -= rate * _p.grad", "optimizer.zero_grad()",
    "optimizer.step()",
]  # fmt: skip
READING = [
    "{R}", "{R}", "{R}", "0.5 * {E}", "np.tanh({E})", "np.sin({E})", "{E} + {R}", "{E} - {R}", "np.tanh({E}) * {R}",
    "{R}.T", "{R}[::-1]", "({R} - {R}[0])", "np.tanh({R} @ {R})", "np.maximum({E}, {R})",
    "np.where({R} > 0, {E}, {N})", "{R}.mean()", "{R}.sum(axis=0)", "{R}.max(axis=-1, keepdims=True)",
    "np.tanh({R}.cumsum(axis=0))", "np.sort({R}, axis=0)", "np.concatenate([{R}, {R}])[:4]", "np.zeros_like({R})",
    "{R}.copy()", "np.abs({E})", "-{E}", "{R}.reshape({R}.shape)", "np.full(4, {N})", "np.exp(-np.abs({E}))",
    "np.einsum('ij,ij->i', {R}, {R}) * 0.1", "{R}[[0, 2, 1, 1]]", "{R}[{R} > 0].sum()", "{R}.astype(np.float32)",
    "np.float32(0.5)",
]  # fmt: skip
WRITING = [
    "{W}[...] = {E}", "{W}[:] = {E}", "{W} += {N} * {E}", "{W} -= {E}", "{W} *= 0.5", "{W} *= np.tanh({E})",
    "{W}[1:] = {R}[:-1]", "{W}[0] = {E}", "{W}[:, 1] = {E}", "{W}[{R} > 0] = {N}", "{W}[[0, 1]] = {R}[[1, 0]]",
    "{W}[::2] += {R}[1::2]", "np.multiply({E}, 0.5, out={W})", "np.add({R}, {R}, {W})",
    "np.subtract({E}, {R}, out={W})", "np.tanh({E}, {W})", "np.copyto({W}, {E})",
    "np.copyto({W}, {E}, where={R} > 0)", "np.clip({W}, -0.5, 0.5, {W})", "np.clip({E}, -0.5, 0.5, out={W})",
    "{W}.clip(-1, 1, {W})", "np.nan_to_num({W}, copy=False)", "{W}.fill({N})", "{W}.sort()", "{W}.sort(axis=0)",
    "np.put({W}, [0, 2], [0.1, 0.2])", "{W}.put([1], [0.3])", "np.matmul({R}, {R}, out={W})",
    "{W}[...] = np.tanh({W})", "np.dot({R}, {R}, {W})", "np.fill_diagonal({W}, 0.1)",
    "np.place({W}, {W} > 0.5, [0.1])", "np.putmask({W}, {R} > 0, {R})", "np.cumsum({R}, axis=0, out={W})",
    "np.sum({R}, axis=0, out={W})", "np.mean({R}, 0, None, {W})", "np.maximum.accumulate({R}, out={W})",
    "np.add.at({W}, [0, 0], 0.1)", "np.exp(-np.abs({R}), out={W}, where={R} > 0)", "np.add.reduce({R}, 0, None, {W})",
    "{W}.partition(1)", "{W}, {V} = {V}, {W}", "{W} = {E}", "np.minimum({W}, {R}, out={W})",
    "np.take({R}, [0, 1, 1, 2], 0, {W})", "{W}.flat[1] = {N}", "np.concatenate([{R}[:2], {R}[2:]], out={W})",
    "np.stack([{R}[0], {R}[1], {R}[0], {R}[1]], out={W})", "np.round({R}, 1, {W})", "np.modf({R}, {W}, {V})",
    "{W} @= {R} * 0.1", "{W} **= 2", "{W} /= 2", "np.einsum('ij->ji', {R}, out={W})",
    "for _i in range(3):\n    {W}[_i] = 0.5 * {W}[_i + 1]", "{W}[{W} < 0] *= -0.5",
    "np.put_along_axis({W}, np.argsort({R}, 0)[:1], {N}, 0)", "np.square({W}, {W})",
    "np.logaddexp({R}, {R}, out={W})", "{W}.T[...] = {E}", "{W}.reshape(-1)[:3] = {N}", "{W}.real += 0.1",
]  # fmt: skip
PARAMETERS = [
    "{p}.data = {E}", "{p}.data = {p}.data[::-1]", "{p}.data += {N} * ({p}.data.T - {p}.data)",
    "{p}.data -= {p}.data[0]", "{p}.data, {q}.data = {q}.data, {p}.data", "{p}.data[...] = {E}",
    "{p}.data[1:] = {p}.data[:-1]", "{p}.data = {p}.data - 0.5 * {E}", "np.multiply({p}.data, 0.5, out={p}.data)",
    "{p}.data *= 0.9", "with vector.no_grad():\n    {p} -= 0.1 * {E}", "with vector.no_grad():\n    {p}[0] = {E}",
    "{p}.data = {p}.data.T", "{p}.data = {p}.data.astype(np.float64)",
    "{p}.grad = None\n({p} * {E}).sum().backward()\n{p}.data -= 0.1 * {p}.grad", "{q}.data = {p}.data",
    "{p}.data = {W}", "{p}.data = {p}.data + 0",
    "{p}.grad = None\nvector.tanh({p} @ {E}).sum().backward()\n{p}.data -= 0.1 * {p}.grad[::-1]", "{W} = {p}.data",
]  # fmt: skip
VIEWS = [
    "{W}[1:]", "{W}.T", "{W}[::-1]", "{W}[:, ::2]", "{W}.reshape(-1)", "{W}[1]", "{W}.ravel()[::2]", "{W}[:, 1]",
    "{W}[::2]", "{W}[None]", "{p}.data", "{p}.data[1:]", "{p}.data.T", "np.diagonal({W})",
    "np.broadcast_to({W}[0], (4, 4))", "{W}",
]  # fmt: skip
FUNCTIONS = [
    "vector.tanh({R})", "vector.sigmoid({R})", "vector.relu({R})", "vector.softplus({R})", "np.sin({R})",
    "vector.exp(vector.tanh({R}))", "vector.log({R} ** 2 + 1)", "-{R}", "vector.sqrt({R} * {R} + 1)",
    "vector.absolute({R})", "{R} + {R}", "{R} - {R}", "{R} * {R}", "{R} / ({R} * {R} + 1)",
    "vector.maximum({R}, {R})", "np.minimum({R}, {N})", "vector.where({R} > 0, {R}, {R})",
    "np.where({R} > 0, {N}, {R})", "{R}.sum(axis=0)", "{R}.mean(axis=-1, keepdims=True)",
    "vector.logsumexp({R}, axis=-1)", "vector.softmax({R})", "vector.log_softmax({R}, axis=0)", "{R}.max(axis=0)",
    "{R}.T", "{R}[::-1]", "{R}[1:]", "{R}[..., None]", "{R}[[0, 2, 1]]", "{R} @ {R}",
    "vector.concatenate([{R}, {R}])", "vector.stack([{R}, {R}])", "{R}.reshape(-1)", "vector.cumsum({R}, axis=0)",
    "vector.var({R}, axis=0)", "vector.std({R})", "vector.clip({R}, -0.5, 0.5)", "{R} ** 2", "{N} * {R}",
    "vector.median({R}, axis=0)", "vector.sort({R}, axis=0)", "vector.einsum('ij,kj->ik', {R}, {R})",
    "vector.hypot({R}, {R} * {R} + 1)", "{R}.detach()", "vector.tensor(1.5) * {R}", "vector.outer({R}, {R})",
    "np.prod({R})", "np.linalg.norm({R})", "vector.pad({R}, 1)", "vector.diff({R})", "np.float32(0.5) * {R}",
    "vector.flip({R})", "vector.roll({R}, 1)", "vector.tile({R}, 2)", "vector.repeat({R}, 2)",
    "vector.expand_dims({R}, 0)", "vector.take({R}, [0, 1], 0)", "vector.erf({R})", "{R}.argmax() * {R}",
    "({R} > {R}) * {R}", "vector.tril({R})", "vector.grad(lambda _z: vector.tanh(_z).sum())({R})",
    "vector.value_and_grad(lambda _z: (_z * _z).sum())({R})[1]",
    "vector.grad(lambda _z: (vector.sin(_z) * {R}).sum())({R})",
]  # fmt: skip
READS = [
    "y = y * rate", "if config['mode'] == 'a':\n    y = y + 1", "if 'square' in flags:\n    y = y * y",
    "for _k in range(depth):\n    y = np.tanh(y)", "y = getattr(np, name)(y)", "y = y ** power", "y = y * box.scale",
    "y = y * box.inner.scale", "y = scales[0] * y + scales[-1]", "y = y.reshape(shape)", "y = helper(y)",
    "y = y.sum(axis=axis, keepdims=True)", "if w is not None:\n    y = y * w", "y = y + offset",
    "y = y * len(history)", "y = y[index]", "y = vector.tensor(y) * w if isinstance(y, np.ndarray) else y",
    "y = y + box.bias", "y = np.clip(y, *limits)", "y = y.astype(dtype)", "y = np.where(mask, y, 0)",
    "y = y * (1 if training else 2)", "y = y + len(flags)", "y = y * next(iter(config.values()))",
]  # fmt: skip
EFFECTS = [
    "count += 1", "history.append(1)", "box.scale *= 0.9", "config['scale'] = config['scale'] * 0.9",
    "scales.reverse()", "flags.add('seen')", "last = y", "box.bias = y.mean()",
]  # fmt: skip
TURNS = [
    "rate = {N}", "config['mode'] = 'b'", "config['mode'] = 'a'", "flags.add('square')", "flags.clear()", "depth = 2",
    "depth = 0", "name = 'cos'", "name = 'tanh'", "power = 3", "power = 2.0", "box.scale = {N}",
    "box.inner.scale = {N}", "box.inner = Box(scale={N})", "scales[0] = {N}", "scales.append(0.2)", "axis = 0",
    "offset = offset + 1", "offset[0] = {N}", "history.append(2)", "box.bias = np.ones(4)", "limits = (-0.1, 0.1)",
    "dtype = np.float32", "mask = ~mask", "mask[1] = False", "training = False", "index = slice(0, 2)",
    "config = dict(config)", "flags = set(flags)", "helper.__defaults__ = ({N},)", "w = vector.tensor(1.5)",
    "w.data = w.data * 0.5", "config['scale'] = -0.0", "box = Box(scale={N}, inner=box.inner, bias=0.5)",
    "helper = np.sin", "rate = -rate",
]  # fmt: skip
OF_VALUES = [
    "{R} + {R}", "{R} - {R}", "{R} * {R}", "{R} / ({R} * {R} + 1)", "scalar.tanh({R})", "scalar.sigmoid({R})",
    "{R}.relu()", "scalar.softplus({R})", "scalar.exp(scalar.tanh({R}))", "scalar.log({R} * {R} + 1)",
    "scalar.sqrt({R} * {R} + 1)", "scalar.sin({R})", "-{R}", "{R} ** 2", "{N} * {R}", "{R} + {N}", "scalar.abs({R})",
    "scalar.maximum({R}, {R})", "scalar.hypot({R}, {R} * {R} + 1)", "scalar.dot([{R}, {R}, {R}], [{R}, {R}, {R}])",
    "scalar.dot(w, [{R}, {R}, {R}])", "scalar.sum([{R}, {R}, {N}, {R}])", "sum(_w * {R} for _w in w)",
    "model([{R}, {R}])", "model([{R}, {R}]) * model([{R}, {N}])",
    "scalar.grad(lambda _z: scalar.tanh(_z) * {R})({R})", "scalar.losses.softmax_cross_entropy([{R}, {R}, {N}], 1)",
    "functools.reduce(lambda _a, _b: scalar.tanh(_a * w[0] + _b), [{R}, {R}, {R}])", "(1 + -{R} * {R}).relu()",
    "p['a'] * {R}", "p['b'][0] + {R}", "({R} if isinstance({N}, float) else {R})", "scalar.minimum({R}, {N})",
    "({R} + {R}) / 2", "scalar.cos({R})",
]  # fmt: skip
OF_NUMBERS = [
    "{R} * rate", "{R} ** power", "({R} if flag else -{R})", "sum([{R}] * depth, {R})", "{R} + config['offset']",
    "{R} * rate + {R} * config['offset']",
]  # fmt: skip
VALUES_MOVE = [
    "w[0].data = {N}", "for _w in w: _w.data *= 0.5", "for _w in variables: _w.data -= 0.1", "p['a'].data = {N}",
    "w[1].data = 0.0",
]  # fmt: skip
NUMBERS_MOVE = [
    "rate = {N}", "power = 3", "flag = not flag", "depth = 3", "config['offset'] = {N}", "rate = -rate",
]  # fmt: skip
FORGETTING = ["optimizer.zero_grad()"] * 4 + [
    "for _o in optimizers: _o.zero_grad()",
    "for _p in parameters: _p.grad = None",
]
PENALTIES = [
    "loss = loss + rate * sum((_p * _p).sum() for _p in parameters)",
    "loss = loss + 0.01 * vector.absolute(parameters[0]).sum()",
    "if 'penalty' in flags:\n    loss = loss + rate * (parameters[0] ** 2).sum()",
]
BATCHES = [
    ("batch", "{{'x': {x}, 't': {t}}}"), ("batch", "{{'x': {x}, 't': {t}, 'note': 'train'}}"), ("pair", "[{x}, {t}]"),
    ("pair", "({x}, {t})"), ("x, t, factor", "{x}, {t}, float(data.normal())"),
    ("x, t, factor", "{x}, {t}, factor=np.float32(0.5)"), ("x, t, factor", "{x}, t={t}, factor=2"),
    ("*both", "{x}, {t}"),
]  # fmt: skip
BATCH_BODIES = {
    "batch": ["x, t = batch['x'], batch['t']"], "pair": ["x, t = pair"],
    "x, t, factor": ["x = x * factor if x.dtype.kind == 'f' else x"], "*both": ["x, t = both"],
}  # fmt: skip
LAYOUTS = [
    "vector.tensor({x})", "{x}[::-1]", "np.asfortranarray({x})", "np.repeat({x}, 2, axis=-1)[..., ::2]",
    "np.round({x})",
]  # fmt: skip
OUTCOMES = [
    "loss", "loss", "out", "loss.data", "None", "parameters[0].grad", "[_p.grad for _p in parameters]",
    "optimizer.lr", "parameters[0].data", "x", "out.data.argmax(axis=-1)", "(out.data > 0).sum()", "count", "t",
    "parameters[-1]",
]  # fmt: skip
AROUND_CONTROL = [
    "g = np.random.default_rng(1)", "rate = 0.5", "config = {'scale': 0.5, 'mode': 'a'}", "flags = {'log'}",
    "depth = 1", "name = 'sin'", "power = 2", "count = 0", "history = [1]", "scales = [0.5, 0.25]", "axis = -1",
    "box = Box(scale=0.5, inner=Box(scale=1.5), bias=np.zeros(4))", "shape = (-1, 4)", "offset = np.arange(4.0)",
    "index = slice(1, 3)", "limits = (-2, 2)", "dtype = float", "mask = np.array([True, False, True, True])",
    "training = True", "w = vector.tensor(1.25)", "last = None", "helper = lambda _y, _scale=0.5: _y * _scale",
]  # fmt: skip
AROUND_VALUES = [
    "import random", "g = np.random.default_rng(1)", "w = [scalar.Value(_x) for _x in (0.5, -1.25, 0.75)]",
    "p = {'a': scalar.Value(0.3), 'b': [scalar.Value(-0.6)]}", "rate = 0.5", "power = 2", "flag = True", "depth = 2",
    "config = {'offset': 0.25}",
]  # fmt: skip
