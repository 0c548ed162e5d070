// Result<T>: a value or an Error. The codes are few and named for what the caller does next; text
// for customers and text for the log are separate, so that no internal detail reaches a person by
// accident.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace handrail::base {

enum class Code {
  invalid,       // the input is wrong: tell the sender which field, do not retry
  not_found,     // no such thing
  conflict,      // it exists already, or its state does not allow this
  unauthorized,  // who are you? or: you may not
  limited,       // too many or too large: try later or send less
  unavailable,   // something outside does not answer: try again
  internal       // our bug or a broken disk: log, answer 500
};

struct Error {
  Code code = Code::internal;
  std::string message;  // for the caller: names the field and what to do
  std::string field;    // may be empty
  std::string detail;   // for the log only
};

struct Nothing {};

template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value)
      : content_(std::in_place_index<0>, std::move(value)) {}  // NOLINT: a value is a result
  Result(Error error) : content_(std::in_place_index<1>, std::move(error)) {}  // NOLINT

  bool ok() const { return content_.index() == 0; }
  explicit operator bool() const { return ok(); }
  T& value() { return std::get<0>(content_); }
  const T& value() const { return std::get<0>(content_); }
  T& operator*() { return value(); }
  const T& operator*() const { return value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }
  const Error& error() const { return std::get<1>(content_); }

 private:
  std::variant<T, Error> content_;
};

using Status = Result<Nothing>;
inline Status done() { return Status(Nothing{}); }

}  // namespace handrail::base
