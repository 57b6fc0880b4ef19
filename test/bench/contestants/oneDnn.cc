// oneDNN (Debian's libdnnl-dev, 2.6) on one layer: s8 x s8 -> s8, NHWC. In and out: child.ts.
// Weights are reordered once into the layout the library chooses. A fully-connected layer runs as a 1x1 convolution: on
// AVX2 the library's matmul and inner_product take paths for it that are 15 and 200 times as slow.
#include <oneapi/dnnl/dnnl.hpp>

#include <sys/resource.h>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <stdexcept>
#include <string>
#include <unordered_map>
#include <vector>

using dnnl::memory;
using Dims = memory::dims;
using Type = memory::data_type;

template <class T>
static std::vector<T> read(const std::string& file) {
  std::ifstream in(file, std::ios::binary | std::ios::ate);
  if (!in) throw std::runtime_error("cannot read " + file);
  std::vector<T> values(static_cast<size_t>(in.tellg()) / sizeof(T));
  in.seekg(0);
  in.read(reinterpret_cast<char*>(values.data()), static_cast<std::streamsize>(values.size() * sizeof(T)));
  return values;
}

static double cpuSeconds() {
  rusage u{};
  getrusage(RUSAGE_SELF, &u);
  return double(u.ru_utime.tv_sec + u.ru_stime.tv_sec) + 1e-6 * double(u.ru_utime.tv_usec + u.ru_stime.tv_usec);
}

static double wallSeconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

static int run(int argc, char** argv) {
  if (argc != 22) throw std::runtime_error("wants 21 arguments, as child.ts gives them");
  const std::string folder = std::string(argv[1]) + "/", kind = argv[2];
  auto size = [&](int at) { return memory::dim(std::atol(argv[3 + at])); };
  const memory::dim h = size(0), w = size(1), depth = size(2), oh = size(3), ow = size(4), channels = size(5);
  const memory::dim kh = size(6), kw = size(7), groups = size(10), each = depth / groups;
  const float xScale = std::atof(argv[18]), yScale = std::atof(argv[20]);
  const int32_t xZero = std::atoi(argv[19]), yZero = std::atoi(argv[21]);

  auto x = read<int8_t>(folder + "x");
  auto weights = read<int8_t>(folder + "weights");
  auto bias = read<int32_t>(folder + "bias");
  auto scales = read<float>(folder + "scales");
  std::vector<int8_t> y(static_cast<size_t>(oh * ow * channels));
  for (float& scale : scales) scale = xScale * scale / yScale;

  dnnl::engine engine(dnnl::engine::kind::cpu, 0);
  dnnl::stream stream(engine);
  dnnl::primitive_attr attributes;
  attributes.set_output_scales(1 << 1, scales);

  const auto any = memory::format_tag::any;
  const memory::desc xDesc{{1, depth, h, w}, Type::s8, memory::format_tag::nhwc};
  const memory::desc yDesc{{1, channels, oh, ow}, Type::s8, memory::format_tag::nhwc};
  const memory::desc bDesc{{channels}, Type::s32, memory::format_tag::a};
  const memory::dim made = channels / groups, tap = kind == "depthwise" ? channels : each;
  const Dims dims = groups > 1 ? Dims{groups, made, each, kh, kw} : Dims{channels, depth, kh, kw};
  const memory::dim out = kind == "depthwise" ? 1 : kh * kw * each;
  const memory::desc ours = groups > 1 ? memory::desc(dims, Type::s8, Dims{made * out, out, 1, kw * tap, tap})
                    : memory::desc(dims, Type::s8, Dims{out, 1, kw * tap, tap});
  attributes.set_zero_points(DNNL_ARG_SRC, 0, {xZero});
  attributes.set_zero_points(DNNL_ARG_DST, 0, {yZero});
  using Convolution = dnnl::convolution_forward;
  Convolution::desc wanted(dnnl::prop_kind::forward_inference, dnnl::algorithm::convolution_direct, xDesc,
                           {dims, Type::s8, any}, bDesc, yDesc, {size(8), size(9)}, {size(11), size(12)},
                           {size(13), size(14)});
  Convolution::primitive_desc chosen(wanted, attributes, engine);
  const memory::desc theirs = chosen.weights_desc();
  const Convolution primitive(chosen);
  const std::string implementation = chosen.impl_info_str();

  memory given(ours, engine, weights.data()), packed(theirs, engine);
  dnnl::reorder(given, packed).execute(stream, given, packed);
  stream.wait();
  const std::unordered_map<int, memory> arguments = {{DNNL_ARG_SRC, memory(xDesc, engine, x.data())},
                                                     {DNNL_ARG_WEIGHTS, packed},
                                                     {DNNL_ARG_BIAS, memory(bDesc, engine, bias.data())},
                                                     {DNNL_ARG_DST, memory(yDesc, engine, y.data())}};

  std::cout << "ready " << implementation << std::endl;
  for (std::string word; std::cin >> word;) {
    if (word == "write") {
      std::ofstream(folder + "y", std::ios::binary)
          .write(reinterpret_cast<const char*>(y.data()), static_cast<std::streamsize>(y.size()));
      std::cout << "written" << std::endl;
      continue;
    }
    int times = 0;
    std::cin >> times;
    const double cpu = cpuSeconds(), wall = wallSeconds();
    for (int i = 0; i < times; ++i) primitive.execute(stream, arguments);
    stream.wait();
    std::cout << (cpuSeconds() - cpu) / times << ' ' << (wallSeconds() - wall) / times << std::endl;
  }
  return 0;
}

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
