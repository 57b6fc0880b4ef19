// From JavaScript values to C++ ones. Whatever does not fit is a BadCall, whose sentence becomes the JavaScript error.
#pragma once
#include <node_api.h>

#include <memory>
#include <string>
#include <unordered_set>

#include "layer.h"

namespace goldbench {

/** A Node-API call failed: an exception may be pending. */
void check(napi_env env, napi_status status);

/** The arguments of the call, exactly `N` of them. */
template <size_t N>
struct Arguments {
  napi_value at[N];
  Arguments(napi_env env, napi_callback_info info) {
    size_t count = N;
    check(env, napi_get_cb_info(env, info, &count, at, nullptr, nullptr));
    if (count != N) throw BadCall("expected " + std::to_string(N) + " arguments, got " + std::to_string(count));
  }
};

int32_t readInteger(napi_env env, napi_value value, const char* name);
std::string readText(napi_env env, napi_value value, const char* name);
bool isNull(napi_env env, napi_value value);

/** A record of named numbers and arrays. */
class Record {
 public:
  Record(napi_env env, napi_value object) : env_(env), object_(object) {}
  int32_t integer(const char* name) const;
  double number(const char* name) const;  // infinite, too
  bool flag(const char* name) const;
  std::string text(const char* name) const;
  Record record(const char* name) const;
  napi_value value(const char* name) const;
  void* arrayOrNull(const char* name, napi_typedarray_type type, size_t length) const;

 private:
  napi_env env_;
  napi_value object_;
};

/** The memory of a typed array of exactly that type and length. */
void* readArray(napi_env env, napi_value value, napi_typedarray_type type, size_t length, const char* name);
napi_typedarray_type bytesType(bool isSigned);
/** The same for bytes: Int8Array when isSigned, else Uint8Array. */
uint8_t* readBytes(napi_env env, napi_value value, bool isSigned, size_t length, const char* name);
size_t lengthOf(napi_env env, napi_value value, const char* name);

/**
 * Hands a C++ object to JavaScript: it lives until it is freed or the JavaScript object is collected. The collector is
 * told how many bytes hang on it.
 */
template <typename T>
class Handle {
 public:
  static napi_value make(napi_env env, std::unique_ptr<T> value, size_t bytes) {
    napi_value object;
    check(env, napi_create_object(env, &object));
    auto slot = std::make_unique<Slot>();
    const auto finalize = [](napi_env finalEnv, void* data, void*) {
      static_cast<Slot*>(data)->free(finalEnv);
      delete static_cast<Slot*>(data);
    };
    check(env, napi_wrap(env, object, slot.get(), finalize, nullptr, nullptr));
    Slot* kept = slot.release();
    kept->value = std::move(value);
    kept->bytes = static_cast<int64_t>(bytes);
    kept->tell(env, kept->bytes);
    return object;
  }

  /** @throws BadCall for anything else, and for what has been freed */
  static T& get(napi_env env, napi_value object, const char* name) {
    Slot& slot = slotOf(env, object, name);
    if (!slot.value) throw BadCall(std::string("this handle has been freed: ") + name);
    return *slot.value;
  }

  /** Freeing twice is harmless. */
  static void free(napi_env env, napi_value object, const char* name) { slotOf(env, object, name).free(env); }

 private:
  struct Slot {
    std::unique_ptr<T> value;
    int64_t bytes = 0;

    Slot() { living().insert(this); }
    ~Slot() { living().erase(this); }
    Slot(const Slot&) = delete;
    Slot& operator=(const Slot&) = delete;

    void tell(napi_env env, int64_t change) {
      int64_t total;
      napi_adjust_external_memory(env, change, &total);  // advice to the collector; nothing depends on it
    }
    void free(napi_env env) {
      if (value) tell(env, -bytes);
      value.reset();
    }
  };

  static Slot& slotOf(napi_env env, napi_value object, const char* name) {
    void* data;
    if (napi_unwrap(env, object, &data) != napi_ok || !living().contains(data)) throw BadCall(std::string("expected a handle: ") + name);
    return *static_cast<Slot*>(data);
  }

  /**
   * This thread's, by which they are told from what others have wrapped: Node-API's type tags do the same, and take as long as a
   * small layer. Never destroyed, since handles may be collected when a thread's variables are gone.
   */
  static std::unordered_set<const void*>& living() {
    static thread_local auto& slots = *new std::unordered_set<const void*>;
    return slots;
  }
};

}  // namespace goldbench
