// The kernels of one instruction set, made from the lanes its file has defined. Included inside its anonymous namespace.
#include "common.inl"
#include "finish.inl"
#include "dense.inl"
#include "depthwise.inl"
#include "elementwise.inl"
