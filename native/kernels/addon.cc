// The Node-API face of the kernels. There is no state but handles, of which each thread knows its own, so any number of
// threads and contexts of JavaScript can load it. JavaScript allocates all tensors, C++ writes into them (V8's memory cage
// allows no other way); packed weights stay on this side behind a handle. main/golden/native/addon.ts has the types.
#include <atomic>
#include <chrono>
#include <memory>
#include <variant>

#include "arguments.h"
#include "elementwise.h"
#include "isa.h"

namespace goldbench {
namespace {

struct Engine {
  const Kernels& kernels;
  Threads threads;
};

using AnySum = std::variant<SumJob, LinearSumJob>;

constexpr int32_t MOST_THREADS = 256;

template <typename Function>
napi_value answer(napi_env env, const Function& function) {
  try {
    return function();
  } catch (const std::bad_alloc&) {
    napi_throw_error(env, "native-memory", "There is not enough memory for this layer.");
  } catch (const std::exception& error) {
    bool isPending = false;
    if (napi_is_exception_pending(env, &isPending) == napi_ok && !isPending)
      napi_throw_error(env, "native-call", error.what());
  }
  return nullptr;
}

napi_value makeNumber(napi_env env, double number) {
  napi_value result;
  check(env, napi_create_double(env, number, &result));
  return result;
}

Rounding readRounding(const std::string& name) {
  if (name == "double") return Rounding::Double;
  if (name == "single") return Rounding::Single;
  if (name == "float32") return Rounding::Float32;
  throw BadCall("the rounding is double, single or float32, not " + name);
}

LayerKind readKind(const std::string& name) {
  if (name == "dense") return LayerKind::Dense;
  if (name == "depthwise") return LayerKind::Depthwise;
  if (name == "transposed") return LayerKind::Transposed;
  throw BadCall("the kind of a layer is dense, depthwise or transposed, not " + name);
}

Axis readAxis(const Record& axis) {
  return {axis.integer("input"), axis.integer("output"), axis.integer("taps"), axis.integer("stride"),
          axis.integer("dilation"), axis.integer("before")};
}

/** How many images of `size` values an array of `length` holds. */
size_t imagesOf(size_t length, size_t size) {
  if (length == 0 || length % size != 0)
    throw BadCall("the input has " + std::to_string(length) + " elements, no multiple of " + std::to_string(size));
  return length / size;
}

// openEngine(isa: '' for the best | name, threads): engine
napi_value openEngine(napi_env env, napi_callback_info info) {
  return answer(env, [&] {
    const Arguments<2> given(env, info);
    const Kernels* kernels = findKernels(readText(env, given.at[0], "isa"));
    if (!kernels) throw BadCall("this machine does not have that instruction set");
    const int32_t threads = readInteger(env, given.at[1], "threads");
    if (threads < 1 || threads > MOST_THREADS) throw BadCall("threads must lie in 1..256");
    return Handle<Engine>::make(env, std::unique_ptr<Engine>(new Engine{*kernels, Threads(threads)}), 0);
  });
}

napi_value engineIsa(napi_env env, napi_callback_info info) {
  return answer(env, [&] {
    const Arguments<1> given(env, info);
    napi_value result;
    check(env, napi_create_string_utf8(env, Handle<Engine>::get(env, given.at[0], "engine").kernels.name, NAPI_AUTO_LENGTH, &result));
    return result;
  });
}

template <typename T>
napi_value freeHandle(napi_env env, napi_callback_info info) {
  return answer(env, [&]() -> napi_value {
    const Arguments<1> given(env, info);
    Handle<T>::free(env, given.at[0], "to free");
    return nullptr;
  });
}

/** The numbers that integers are computed with. */
void readArithmetic(const Record& record, LayerSpec& spec) {
  spec.isSigned = record.flag("isSigned");
  spec.inputZero = record.integer("inputZero");
  spec.weightZero = record.integer("weightZero");
  spec.outputZero = record.integer("outputZero");
  spec.lowest = record.integer("lowest");
  spec.highest = record.integer("highest");
  spec.rounding = readRounding(record.text("rounding"));
}

/** What layers of integers and of reals have in common. */
LayerSpec readShape(const Record& record) {
  LayerSpec spec{};
  spec.kind = readKind(record.text("kind"));
  spec.rows = readAxis(record.record("rows"));
  spec.columns = readAxis(record.record("columns"));
  spec.depth = record.integer("depth");
  spec.channels = record.integer("channels");
  spec.groups = record.integer("groups");
  checkSizes(spec);
  return spec;
}

size_t weightsOf(const LayerSpec& spec) {
  const size_t taps = size_t(spec.rows.taps) * spec.columns.taps * spec.channels;
  return spec.kind == LayerKind::Depthwise ? taps : taps * (spec.depth / spec.groups);
}

napi_value makeLayer(napi_env env, const Engine& engine, const LayerSpec& spec) {
  auto layer = std::make_unique<Layer>(engine.kernels, spec);
  const size_t bytes = layer->bytes();
  return Handle<Layer>::make(env, std::move(layer), bytes);
}

// packLayer(engine, record): layer
napi_value packLayer(napi_env env, napi_callback_info info) {
  return answer(env, [&] {
    const Arguments<2> given(env, info);
    const Engine& engine = Handle<Engine>::get(env, given.at[0], "engine");
    const Record record(env, given.at[1]);
    LayerSpec spec = readShape(record);
    readArithmetic(record, spec);
    spec.weights = readBytes(env, record.value("weights"), spec.isSigned, weightsOf(spec), "weights");
    const size_t channels = size_t(spec.channels);
    spec.bias = static_cast<int32_t*>(record.arrayOrNull("bias", napi_int32_array, channels));
    spec.multiplier = static_cast<int32_t*>(record.arrayOrNull("multiplier", napi_int32_array, channels));
    spec.shift = static_cast<int32_t*>(record.arrayOrNull("shift", napi_int32_array, channels));
    spec.scale = static_cast<float*>(record.arrayOrNull("scale", napi_float32_array, channels));
    return makeLayer(env, engine, spec);
  });
}

// packRealLayer(engine, record): layer
napi_value packRealLayer(napi_env env, napi_callback_info info) {
  return answer(env, [&] {
    const Arguments<2> given(env, info);
    const Engine& engine = Handle<Engine>::get(env, given.at[0], "engine");
    const Record record(env, given.at[1]);
    LayerSpec spec = readShape(record);
    spec.isReal = true;
    spec.lowestReal = record.number("lowest");
    spec.highestReal = record.number("highest");
    spec.realWeights = static_cast<float*>(readArray(env, record.value("weights"), napi_float32_array, weightsOf(spec), "weights"));
    spec.realBias = static_cast<float*>(record.arrayOrNull("bias", napi_float32_array, size_t(spec.channels)));
    return makeLayer(env, engine, spec);
  });
}

napi_value layerBytes(napi_env env, napi_callback_info info) {
  return answer(env, [&] {
    const Arguments<1> given(env, info);
    return makeNumber(env, static_cast<double>(Handle<Layer>::get(env, given.at[0], "layer").bytes()));
  });
}

const Layer& layerOf(napi_env env, napi_value handle, const Engine& engine) {
  const Layer& layer = Handle<Layer>::get(env, handle, "layer");
  if (&layer.kernels() != &engine.kernels) throw BadCall("this layer was packed for another instruction set");
  return layer;
}

// runLayer(engine, layer, x, y, accumulators | null)
napi_value runLayer(napi_env env, napi_callback_info info) {
  return answer(env, [&]() -> napi_value {
    const Arguments<5> given(env, info);
    Engine& engine = Handle<Engine>::get(env, given.at[0], "engine");
    const Layer& layer = layerOf(env, given.at[1], engine);
    const size_t length = lengthOf(env, given.at[2], "x"), images = imagesOf(length, layer.inputSize());
    const size_t results = images * layer.outputSize();
    const napi_typedarray_type type = layer.isReal() ? napi_float32_array : bytesType(layer.isSigned());
    const void* x = readArray(env, given.at[2], type, length, "x");
    void* y = readArray(env, given.at[3], type, results, "y");
    int32_t* accumulators = nullptr;
    if (!isNull(env, given.at[4])) {
      if (layer.isReal()) throw BadCall("a layer of reals keeps no accumulators");
      accumulators = static_cast<int32_t*>(readArray(env, given.at[4], napi_int32_array, results, "accumulators"));
    }
    layer.run(engine.threads, x, images, y, accumulators);
    return nullptr;
  });
}

// packPool(record): pool
napi_value packPool(napi_env env, napi_callback_info info) {
  return answer(env, [&] {
    const Arguments<1> given(env, info);
    const Record r(env, given.at[0]);
    const PoolSpec spec = {r.flag("isMaximum"), r.flag("isSigned"), readAxis(r.record("rows")), readAxis(r.record("columns")),
                           r.integer("channels"), r.integer("lowest"), r.integer("highest")};
    checkPool(spec);
    return Handle<PoolSpec>::make(env, std::make_unique<PoolSpec>(spec), 0);
  });
}

// runPool(engine, pool, x, y)
napi_value runPoolCall(napi_env env, napi_callback_info info) {
  return answer(env, [&]() -> napi_value {
    const Arguments<4> given(env, info);
    Engine& engine = Handle<Engine>::get(env, given.at[0], "engine");
    const PoolSpec& spec = Handle<PoolSpec>::get(env, given.at[1], "pool");
    const size_t length = lengthOf(env, given.at[2], "x");
    const size_t images = imagesOf(length, size_t(spec.rows.input) * spec.columns.input * spec.channels);
    const size_t results = images * size_t(spec.rows.output) * spec.columns.output * spec.channels;
    const uint8_t* x = readBytes(env, given.at[2], spec.isSigned, length, "x");
    runPool(engine.kernels, engine.threads, spec, x, images, readBytes(env, given.at[3], spec.isSigned, results, "y"));
    return nullptr;
  });
}

// packSum(record): sum
napi_value packSum(napi_env env, napi_callback_info info) {
  return answer(env, [&] {
    const Arguments<1> given(env, info);
    const Record r(env, given.at[0]);
    const SumJob job = {r.flag("isSigned"), r.flag("isDifference") ? -1 : 1, r.integer("leftShift"),
                        r.integer("zeroA"), r.integer("multiplierA"), r.integer("shiftA"),
                        r.integer("zeroB"), r.integer("multiplierB"), r.integer("shiftB"),
                        r.integer("multiplier"), r.integer("shift"), r.integer("zeroPoint"), r.integer("lowest"), r.integer("highest")};
    checkSum(job);
    return Handle<AnySum>::make(env, std::make_unique<AnySum>(job), 0);
  });
}

// packLinearSum(record): sum
napi_value packLinearSum(napi_env env, napi_callback_info info) {
  return answer(env, [&] {
    const Arguments<1> given(env, info);
    const Record r(env, given.at[0]);
    const LinearSumJob job = {r.flag("isSigned"), r.integer("bias"), r.integer("multiplierA"), r.integer("multiplierB"),
                              r.integer("shift"), r.integer("zeroPoint"), r.integer("lowest"), r.integer("highest")};
    checkLinearSum(job);
    return Handle<AnySum>::make(env, std::make_unique<AnySum>(job), 0);
  });
}

// runSum(engine, sum, a, b, y)
napi_value runSumCall(napi_env env, napi_callback_info info) {
  return answer(env, [&]() -> napi_value {
    const Arguments<5> given(env, info);
    Engine& engine = Handle<Engine>::get(env, given.at[0], "engine");
    const AnySum& sum = Handle<AnySum>::get(env, given.at[1], "sum");
    const bool isSigned = std::visit([](const auto& job) { return job.isSigned != 0; }, sum);
    const size_t length = lengthOf(env, given.at[4], "y");
    const uint8_t* a = readBytes(env, given.at[2], isSigned, length, "a");
    const uint8_t* b = readBytes(env, given.at[3], isSigned, length, "b");
    uint8_t* y = readBytes(env, given.at[4], isSigned, length, "y");
    if (const SumJob* job = std::get_if<SumJob>(&sum)) runSum(engine.kernels, engine.threads, *job, a, b, y, length);
    else runLinearSum(engine.kernels, engine.threads, std::get<LinearSumJob>(sum), a, b, y, length);
    return nullptr;
  });
}

// peak(engine, milliseconds): exact multiply-accumulates per second of all threads, from registers alone; best of several
napi_value peak(napi_env env, napi_callback_info info) {
  return answer(env, [&] {
    const Arguments<2> given(env, info);
    Engine& engine = Handle<Engine>::get(env, given.at[0], "engine");
    const double limit = readInteger(env, given.at[1], "milliseconds") * 1e-3;
    using Clock = std::chrono::steady_clock;
    const auto started = Clock::now();
    const auto since = [](Clock::time_point from) { return std::chrono::duration<double>(Clock::now() - from).count(); };
    double best = 0;
    do {
      const auto from = Clock::now();
      std::atomic<double> macs = 0;
      engine.threads.run(engine.threads.count(), true, [&](int64_t, Scratch&) { macs += engine.kernels.peak(100000); });
      best = std::max(best, macs / since(from));
    } while (since(started) < limit);
    return makeNumber(env, best);
  });
}

// readWeights(engine, layer): some of the bits
napi_value readWeights(napi_env env, napi_callback_info info) {
  return answer(env, [&] {
    const Arguments<2> given(env, info);
    Engine& engine = Handle<Engine>::get(env, given.at[0], "engine");
    return makeNumber(env, layerOf(env, given.at[1], engine).readWeights(engine.threads));
  });
}

void addFunction(napi_env env, napi_value exports, const char* name, napi_callback function) {
  napi_value value;
  check(env, napi_create_function(env, name, NAPI_AUTO_LENGTH, function, nullptr, &value));
  check(env, napi_set_named_property(env, exports, name, value));
}

napi_value isaNames(napi_env env) {
  napi_value list;
  check(env, napi_create_array(env, &list));
  uint32_t at = 0;
  for (const Kernels* kernels : availableKernels()) {
    napi_value name;
    check(env, napi_create_string_utf8(env, kernels->name, NAPI_AUTO_LENGTH, &name));
    check(env, napi_set_element(env, list, at++, name));
  }
  return list;
}

napi_value describe(napi_env env, napi_value exports) {
  return answer(env, [&] {
    check(env, napi_set_named_property(env, exports, "isas", isaNames(env)));
    addFunction(env, exports, "openEngine", openEngine);
    addFunction(env, exports, "engineIsa", engineIsa);
    addFunction(env, exports, "closeEngine", freeHandle<Engine>);
    addFunction(env, exports, "packLayer", packLayer);
    addFunction(env, exports, "packRealLayer", packRealLayer);
    addFunction(env, exports, "layerBytes", layerBytes);
    addFunction(env, exports, "runLayer", runLayer);
    addFunction(env, exports, "freeLayer", freeHandle<Layer>);
    addFunction(env, exports, "packPool", packPool);
    addFunction(env, exports, "runPool", runPoolCall);
    addFunction(env, exports, "packSum", packSum);
    addFunction(env, exports, "packLinearSum", packLinearSum);
    addFunction(env, exports, "runSum", runSumCall);
    addFunction(env, exports, "peak", peak);
    addFunction(env, exports, "readWeights", readWeights);
    return exports;
  });
}

}  // namespace
}  // namespace goldbench

NAPI_MODULE_INIT() { return goldbench::describe(env, exports); }
