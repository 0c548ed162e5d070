// Numbers, texts and lists of numbers as bytes and back, for keeping what was learned between two
// starts of one program on one machine: neither sizes nor byte order are translated. Reading never
// goes past the end; after a mistake all is empty.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace handrail::intents {

class ArchiveWriter {
 public:
  template <typename T>
  void value(const T& number) {
    static_assert(std::is_arithmetic_v<T>);
    bytes_.append(reinterpret_cast<const char*>(&number), sizeof(T));
  }
  template <typename T>
  void list(const std::vector<T>& numbers) {
    static_assert(std::is_trivially_copyable_v<T>);
    value(static_cast<std::uint64_t>(numbers.size()));
    bytes_.append(reinterpret_cast<const char*>(numbers.data()), numbers.size() * sizeof(T));
  }
  void text(const std::string& text) {
    value(static_cast<std::uint64_t>(text.size()));
    bytes_ += text;
  }
  std::string take() { return std::move(bytes_); }

 private:
  std::string bytes_;
};

class ArchiveReader {
 public:
  explicit ArchiveReader(std::string_view bytes) : bytes_(bytes) {}

  template <typename T>
  T value() {
    static_assert(std::is_arithmetic_v<T>);
    T number{};
    if (has(sizeof(T), 1)) {
      std::memcpy(&number, bytes_.data(), sizeof(T));
      bytes_.remove_prefix(sizeof(T));
    }
    return number;
  }
  template <typename T>
  std::vector<T> list() {
    static_assert(std::is_trivially_copyable_v<T>);
    std::vector<T> numbers;
    const auto size = value<std::uint64_t>();
    if (!has(sizeof(T), size)) return numbers;
    numbers.resize(size);
    if (size > 0) std::memcpy(numbers.data(), bytes_.data(), size * sizeof(T));
    bytes_.remove_prefix(size * sizeof(T));
    return numbers;
  }
  std::string text() {
    const auto size = value<std::uint64_t>();
    if (!has(1, size)) return "";
    std::string text(bytes_.substr(0, size));
    bytes_.remove_prefix(size);
    return text;
  }
  // All was there, and nothing is left over.
  bool is_complete() const { return ok_ && bytes_.empty(); }
  bool ok() const { return ok_; }
  void fail() { ok_ = false; }

 private:
  bool has(std::size_t size, std::uint64_t count) {
    ok_ = ok_ && count <= bytes_.size() / size;
    return ok_;
  }

  std::string_view bytes_;
  bool ok_ = true;
};

}  // namespace handrail::intents
