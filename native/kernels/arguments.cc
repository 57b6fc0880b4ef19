#include "arguments.h"

#include <cmath>

namespace goldbench {

void check(napi_env env, napi_status status) {
  if (status == napi_ok) return;
  const napi_extended_error_info* info = nullptr;
  napi_get_last_error_info(env, &info);
  throw BadCall(info && info->error_message ? info->error_message : "a Node-API call failed");
}

int32_t readInteger(napi_env env, napi_value value, const char* name) {
  double number = NAN;
  if (napi_get_value_double(env, value, &number) != napi_ok || !(std::abs(number) <= 2147483648.0) ||
      number != std::floor(number) || number == 2147483648.0)
    throw BadCall(std::string("expected a 32-bit integer: ") + name);
  return static_cast<int32_t>(number);
}

std::string readText(napi_env env, napi_value value, const char* name) {
  char text[64];
  size_t length;
  if (napi_get_value_string_utf8(env, value, text, sizeof text, &length) != napi_ok)
    throw BadCall(std::string("expected a text: ") + name);
  return std::string(text, length);
}

bool isNull(napi_env env, napi_value value) {
  napi_valuetype type;
  check(env, napi_typeof(env, value, &type));
  return type == napi_null || type == napi_undefined;
}

napi_value Record::value(const char* name) const {
  napi_valuetype type;
  check(env_, napi_typeof(env_, object_, &type));
  if (type != napi_object) throw BadCall(std::string("expected a record with ") + name);
  napi_value result;
  check(env_, napi_get_named_property(env_, object_, name, &result));
  return result;
}

int32_t Record::integer(const char* name) const { return readInteger(env_, value(name), name); }
std::string Record::text(const char* name) const { return readText(env_, value(name), name); }
Record Record::record(const char* name) const { return {env_, value(name)}; }

double Record::number(const char* name) const {
  double result = NAN;
  if (napi_get_value_double(env_, value(name), &result) != napi_ok || std::isnan(result))
    throw BadCall(std::string("expected a number: ") + name);
  return result;
}

void* Record::arrayOrNull(const char* name, napi_typedarray_type type, size_t length) const {
  const napi_value array = value(name);
  return isNull(env_, array) ? nullptr : readArray(env_, array, type, length, name);
}

bool Record::flag(const char* name) const {
  bool result;
  if (napi_get_value_bool(env_, value(name), &result) != napi_ok)
    throw BadCall(std::string("expected true or false: ") + name);
  return result;
}

namespace {

struct View {
  napi_typedarray_type type;
  size_t length;
  void* data;
};

View viewOf(napi_env env, napi_value value, const char* name) {
  View view{};
  bool isTyped = false;
  if (napi_is_typedarray(env, value, &isTyped) != napi_ok || !isTyped)
    throw BadCall(std::string("expected a typed array: ") + name);
  check(env, napi_get_typedarray_info(env, value, &view.type, &view.length, &view.data, nullptr, nullptr));
  return view;
}

}  // namespace

size_t lengthOf(napi_env env, napi_value value, const char* name) { return viewOf(env, value, name).length; }

void* readArray(napi_env env, napi_value value, napi_typedarray_type type, size_t length, const char* name) {
  const View view = viewOf(env, value, name);
  if (view.type != type) throw BadCall(std::string("a typed array of another type: ") + name);
  if (view.length != length)
    throw BadCall(std::string(name) + " has " + std::to_string(view.length) + " elements, not " + std::to_string(length));
  return view.data;
}

napi_typedarray_type bytesType(bool isSigned) { return isSigned ? napi_int8_array : napi_uint8_array; }

uint8_t* readBytes(napi_env env, napi_value value, bool isSigned, size_t length, const char* name) {
  return static_cast<uint8_t*>(readArray(env, value, bytesType(isSigned), length, name));
}

}  // namespace goldbench
