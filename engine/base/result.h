// Expected failures as values. A Result<T> holds either a T or an Error that says what went wrong,
// whose fault it is and whether trying again can help. Broken invariants assert instead.
#pragma once

#include <cassert>
#include <string>
#include <utility>
#include <variant>

namespace sapa {

/// Whose fault a failure is; decides the exit code, the HTTP status and whether a retry makes
/// sense.
enum class Fault {
  kUser,         ///< bad input, option, workspace or request: exit code 2 or 1, HTTP 4xx
  kEnvironment,  ///< disk, network, broker: may pass
  kInternal,     ///< a bug of ours
};

struct Error {
  Fault fault = Fault::kInternal;
  std::string message;     ///< plain English: what, where, and the remedy if there is one
  bool retriable = false;  ///< the same call may succeed later
};

inline Error user_error(std::string message) { return {Fault::kUser, std::move(message), false}; }
inline Error environment_error(std::string message, bool retriable = true) {
  return {Fault::kEnvironment, std::move(message), retriable};
}
inline Error internal_error(std::string message) {
  return {Fault::kInternal, std::move(message), false};
}

template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::move(value)) {}      // NOLINT: implicit on purpose
  Result(Error error) : state_(std::move(error)) {}  // NOLINT: implicit on purpose

  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }

  T& value() & { return assert(ok()), std::get<0>(state_); }
  const T& value() const& { return assert(ok()), std::get<0>(state_); }
  T&& value() && { return assert(ok()), std::get<0>(std::move(state_)); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  const Error& error() const { return assert(!ok()), std::get<1>(state_); }

 private:
  std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : failed_(true), error_(std::move(error)) {}  // NOLINT: implicit on purpose

  bool ok() const { return !failed_; }
  explicit operator bool() const { return ok(); }
  const Error& error() const { return assert(failed_), error_; }

 private:
  bool failed_ = false;
  Error error_;
};

using Status = Result<void>;

}  // namespace sapa
