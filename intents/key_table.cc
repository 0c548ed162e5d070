#include "intents/key_table.h"

namespace handrail::intents {
namespace {

constexpr std::size_t kFewestSlots = 1024;

}  // namespace

std::uint32_t KeyTable::insert(std::uint64_t key) {
  if ((size_ + 1) * 2 > slots_.size()) grow();
  std::size_t at = key & (slots_.size() - 1);
  while (slots_[at].key != 0 && slots_[at].key != key) at = (at + 1) & (slots_.size() - 1);
  if (slots_[at].key == 0) slots_[at] = {key, static_cast<std::uint32_t>(size_++)};
  return slots_[at].number;
}

void KeyTable::grow() {
  std::vector<Slot> wider(slots_.empty() ? kFewestSlots : slots_.size() * 2);
  for (const Slot& slot : slots_) {
    if (slot.key == 0) continue;
    std::size_t at = slot.key & (wider.size() - 1);
    while (wider[at].key != 0) at = (at + 1) & (wider.size() - 1);
    wider[at] = slot;
  }
  slots_ = std::move(wider);
}

void KeyTable::save(ArchiveWriter& archive) const {
  std::vector<std::uint64_t> keys(size_);
  for (const Slot& slot : slots_) {
    if (slot.key != 0) keys[slot.number] = slot.key;
  }
  archive.list(keys);
}

void KeyTable::load(ArchiveReader& archive) {
  slots_.clear();
  size_ = 0;
  const auto keys = archive.list<std::uint64_t>();
  std::size_t slots = kFewestSlots;
  while (slots < keys.size() * 2) slots *= 2;
  slots_.resize(slots);
  for (const std::uint64_t key : keys) {
    if (key != 0 && insert(key) + std::size_t{1} == size_ && size_ <= keys.size()) continue;
    archive.fail();
    return;
  }
  if (size_ != keys.size()) archive.fail();
}

}  // namespace handrail::intents
