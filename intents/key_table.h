// 64-bit keys and the numbers they were given, in the order they came: open addressing with linear
// probing (Knuth, TAOCP 3, section 6.4). Key 0 is not a key. Not for concurrent insertion; `find`
// is safe from any thread.
#pragma once

#include <cstdint>
#include <vector>

#include "intents/archive.h"

namespace handrail::intents {

class KeyTable {
 public:
  static constexpr std::uint32_t kAbsent = 0xFFFFFFFFU;

  // The key's number, a new one when it has none yet.
  std::uint32_t insert(std::uint64_t key);
  std::uint32_t find(std::uint64_t key) const {
    if (slots_.empty()) return kAbsent;
    std::size_t at = key & (slots_.size() - 1);
    while (slots_[at].key != 0) {
      if (slots_[at].key == key) return slots_[at].number;
      at = (at + 1) & (slots_.size() - 1);
    }
    return kAbsent;
  }
  std::size_t size() const { return size_; }

  void save(ArchiveWriter& archive) const;
  // A table that is damaged is empty, and the archive has failed.
  void load(ArchiveReader& archive);

 private:
  struct Slot {
    std::uint64_t key = 0;
    std::uint32_t number = 0;
  };
  void grow();

  std::vector<Slot> slots_;  // a power of two, at most half full
  std::size_t size_ = 0;
};

}  // namespace handrail::intents
