# What the kernels are made of, for the addon and for the sanitizer test's driver. In: `kernels`, their folder.
# Out: `kernel_sources`, with the compiler switches each file needs.
set(isas scalar)
if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64|amd64)$")
  list(APPEND isas avx2 avxvnni avx512vnni)
elseif(CMAKE_SYSTEM_PROCESSOR MATCHES "^(aarch64|arm64|ARM64)$")
  list(APPEND isas neon)
endif()

set(kernel_sources isa elementwise layer memory packing parts real threads winograd)
list(TRANSFORM kernel_sources PREPEND ${kernels}/)
list(TRANSFORM kernel_sources APPEND .cc)
foreach(isa ${isas})
  list(APPEND kernel_sources ${kernels}/isa/${isa}.cc)
endforeach()

if(MSVC)
  set(switches_avx2 /arch:AVX2)
  set(switches_avxvnni /arch:AVX2)
  set(switches_avx512vnni /arch:AVX512)
else()
  # -ffp-contract=off: float32 rescaling rounds after each operation (and reals are fused where their kernels say so)
  set_source_files_properties(${kernel_sources} PROPERTIES COMPILE_OPTIONS "-O3;-Wall;-Wextra;-ffp-contract=off")
  set(switches_avx2 -mavx2 -mfma)
  set(switches_avxvnni -mavx2 -mfma -mavxvnni)
  # GCC 12 takes the undefined registers of its own AVX-512 header for our mistake
  set(switches_avx512vnni -mavx512f -mavx512bw -mavx512dq -mavx512vl -mavx512vnni -Wno-maybe-uninitialized -Wno-uninitialized)
  set(switches_neon -march=armv8.2-a+dotprod)
  # inner loops of few instructions: where their code begins is worth up to 4 %, and would be left to chance
  set(alignment -falign-loops=64)
endif()
foreach(isa ${isas})
  set_property(SOURCE ${kernels}/isa/${isa}.cc APPEND PROPERTY COMPILE_OPTIONS ${switches_${isa}} ${alignment})
endforeach()
