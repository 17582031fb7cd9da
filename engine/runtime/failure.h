// For what must not throw but may, all the same: no memory, or a fault of ours.
#pragma once

#include <exception>
#include <new>
#include <string>

namespace sapa {

/// Gives what went wrong; empty if nothing did.
template <typename Work>
std::string failure_of(Work&& work) {
  try {
    work();
    return {};
  } catch (const std::bad_alloc&) {
    return "not enough memory";
  } catch (const std::exception& failure) {
    return std::string("an error inside the engine: ") + failure.what();
  } catch (...) {
    return "an unknown error inside the engine";
  }
}

}  // namespace sapa
