# Makes quantised.json: networks and single nodes as onnxruntime's quantiser writes them, in both its formats, with inputs and
# what onnxruntime computed from them. The networks are those that make_fixtures.py made. Everything is seeded.
# Usage: python make_quantised.py (with onnx 1.23, onnxruntime 1.32, numpy). Models are gzipped; values are base64: inputs int8
# eighths, outputs little-endian float32; `step` is the scale of an output, 0 where it is not quantised.
import base64, gzip, json, pathlib, tempfile
import numpy as np, onnx, onnxruntime
from onnx import TensorProto as T, helper as h, numpy_helper as nh
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process

HERE = pathlib.Path(__file__).parent
onnxruntime.set_default_logger_severity(3)
random = np.random.RandomState(30)
code = lambda bytes_: base64.b64encode(bytes_).decode()
pack = lambda model: code(gzip.compress(model.SerializeToString(), mtime=0))
U8, S8 = QuantType.QUInt8, QuantType.QInt8
QDQ, OPERATOR = QuantFormat.QDQ, QuantFormat.QOperator


def eighths(shape): return np.asarray(random.randint(-24, 25, shape), np.int8)


class Samples(CalibrationDataReader):
    def __init__(self, model, count=8):
        shapes = {i.name: [d.dim_value or 1 for d in i.type.tensor_type.shape.dim] for i in model.graph.input}
        self.left = iter([{name: (eighths(shape) / 8).astype(np.float32) for name, shape in shapes.items()} for _ in range(count)])
    def get_next(self): return next(self.left, None)


def quantise(model, form, activations, weights, per_channel, **more):
    """reduce_range: without VNNI, onnxruntime's products of uint8 and int8 saturate."""
    with tempfile.TemporaryDirectory() as folder:
        source, ready, target = (f'{folder}/{name}.onnx' for name in ('source', 'ready', 'target'))
        model = onnx.version_converter.convert_version(model, 13) if model.opset_import[0].version < 13 else model
        onnx.save(model, source)
        quant_pre_process(source, ready, skip_symbolic_shape=True)
        quantize_static(ready, target, Samples(onnx.load(ready)), quant_format=form, activation_type=activations, weight_type=weights, per_channel=per_channel, reduce_range=activations == U8 and weights == S8, **more)
        return onnx.load(target)


def run(model):
    # as the nodes say: onnxruntime's rearrangements make uint8 of int8, whose products saturate on some machines
    options = onnxruntime.SessionOptions(); options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=['CPUExecutionProvider'])
    given = {i.name: eighths([d if isinstance(d, int) else 1 for d in i.shape]) for i in session.get_inputs()}
    values = session.run(None, {name: (value / 8).astype(np.float32) for name, value in given.items()})
    told = lambda name, v: dict(name=name, shape=list(v.shape), values=code(np.ascontiguousarray(v).tobytes()))
    constants = {c.name: c for c in model.graph.initializer}
    readers = {n.output[0]: n for n in model.graph.node if n.op_type == 'DequantizeLinear'}
    step = lambda name: float(nh.to_array(constants[readers[name].input[1]])) if name in readers else 0
    outputs = [dict(step=step(o.name), **told(o.name, np.asarray(v, np.float32))) for o, v in zip(session.get_outputs(), values)]
    return dict(inputs=[told(n, v) for n, v in given.items()], outputs=outputs)


NETWORKS = [
    ('resnet', QDQ, U8, S8, True), ('mobilenet_v2', QDQ, S8, S8, True),
    ('mobilenet_v3', QDQ, U8, S8, True), ('squeezenet', OPERATOR, U8, U8, False), ('squeezenet', QDQ, S8, S8, True), ('yolo', QDQ, U8, S8, True),
    ('keras', QDQ, U8, U8, False), ('keras', OPERATOR, S8, S8, True), ('vgg', OPERATOR, U8, S8, True),
]


# ---- one node each
def one(kind, shape, constants=(), more=(), outputs=1, **attributes):
    names = [f'y{i}' for i in range(outputs)]
    inputs = [h.make_tensor_value_info(n, T.FLOAT, s) for n, s in [('x', list(shape)), *((f'x{i}', list(s)) for i, s in enumerate(more))]]
    initializers = [nh.from_array(c, f'w{i}') for i, c in enumerate(constants)]
    node = h.make_node(kind, [i.name for i in inputs] + [c.name for c in initializers], names, **attributes)
    graph = h.make_graph([node], 'one', inputs, [h.make_tensor_value_info(n, T.FLOAT, None) for n in names], initializers)
    model = h.make_model(graph, opset_imports=[h.make_opsetid('', 13)]); model.ir_version = 8
    return kind, onnx.shape_inference.infer_shapes(model)


def f32(*shape): return np.asarray(random.randn(*shape) * 0.5, np.float32)
def i64(*values): return np.array(values, np.int64)
pick = lambda *choices: choices[random.randint(len(choices))]


def operator_cases():
    for _ in range(14):
        group = pick(1, 1, 2, 6); i, o = 6, pick(1, 2) * 6; k = [random.randint(1, 4), random.randint(1, 4)]
        yield one('Conv', (1, i, random.randint(6, 10), random.randint(6, 10)), [f32(o, i // group, *k)] + pick([], [f32(o)]), group=group, strides=[random.randint(1, 3)] * 2, pads=random.randint(0, 2, 4).tolist())
    for _ in range(3): yield one('ConvTranspose', (1, 4, 4, 5), [f32(4, 3, 3, 3), f32(3)], strides=[2, 2], pads=[1, 1, 1, 1])
    for _ in range(4):
        yield one('Gemm', (3, 12), [f32(5, 12), f32(5)], transB=1); yield one('MatMul', (2, 3, 12), [f32(12, 5)])
    for kind in ('Add', 'Mul'):
        for _ in range(3): yield one(kind, (1, 4, 3, 5), more=[(1, 4, 3, 5)]); yield one(kind, (1, 4, 3, 5), [f32(4, 1, 1)])
    for kind, attributes in (('LeakyRelu', dict(alpha=0.2)), ('Sigmoid', {}), ('Softmax', dict(axis=-1)), ('GlobalAveragePool', {}), ('Relu', {})):
        for _ in range(2): yield one(kind, (1, 4, 5, 6), **attributes)
    yield one('MaxPool', (1, 4, 7, 6), kernel_shape=[3, 3], strides=[2, 2], pads=[1] * 4)
    yield one('AveragePool', (1, 4, 7, 6), kernel_shape=[3, 3], strides=[2, 2]); yield one('AveragePool', (1, 4, 7, 6), kernel_shape=[3, 3], pads=[1] * 4, count_include_pad=1)
    for axis in (1, 2): yield one('Concat', (1, 4, 3, 5), more=[(1, 4, 3, 5)], axis=axis)
    yield one('Transpose', (1, 4, 3, 5), perm=[0, 3, 1, 2]); yield one('Reshape', (1, 4, 3, 5), [i64(2, -1)])
    yield one('Split', (1, 4, 3, 5), [i64(1, 3)], outputs=2, axis=1); yield one('Pad', (1, 4, 3, 5), [i64(0, 0, 1, 2, 0, 0, 2, 1)])
    yield one('Resize', (1, 4, 3, 5), [np.zeros(0, np.float32), np.array([1, 1, 2, 2], np.float32)], mode='nearest', coordinate_transformation_mode='asymmetric', nearest_mode='floor')


networks, operators = [], []
name_of = lambda form, a, w, each: f'{"QDQ" if form == QDQ else "QLinear"} {a.name[1:]} x {w.name[1:]}{", per channel" if each else ""}'
for network, *how in NETWORKS:
    model = quantise(onnx.load(HERE / f'{network}.onnx'), *how)
    networks.append(dict(name=f'{network}, {name_of(*how)}', model=pack(model), **run(model)))
for i, (kind, model) in enumerate(operator_cases()):
    how = [(QDQ, U8, S8, True), (OPERATOR, S8, S8, True), (QDQ, S8, S8, False), (OPERATOR, U8, U8, False), (QDQ, U8, U8, False)][i % 5]
    try:
        model = quantise(model, *how, extra_options=dict(ForceQuantizeNoInputCheck=True)); case = run(model)
        if not any('Quantize' in n.op_type for n in model.graph.node): raise ValueError('not quantised')
    except Exception as error: print('left out:', kind, how, str(error).strip().splitlines()[0][:150]); continue
    operators.append(dict(kind=kind, name=name_of(*how), nodes=sorted({n.op_type for n in model.graph.node}), model=pack(model), **case))
(HERE / 'quantised.json').write_text(json.dumps(dict(networks=networks, operators=operators), indent=0) + '\n')
print(len(networks), 'networks,', len(operators), 'operator cases')
