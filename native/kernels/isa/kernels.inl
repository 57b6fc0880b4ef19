// The kernels of one instruction set, made from the lanes its file has defined. Included inside its anonymous namespace.
#include "common.inl"
#include "finish.inl"
#include "dense.inl"
#ifdef WITH_WINOGRAD
#include "winograd.inl"
#endif
#include "depthwise.inl"
#include "elementwise.inl"
#include "real.inl"
