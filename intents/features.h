// A text as sparse features: four blocks of n-grams, each of length one, then weighted.
//   words 1-2 with sentence marks; characters 2-5 within space-padded words;
//   consonant skeletons of words 1-2 and their characters 2-4, the same for Persian and Latin
//   script, so that romanised Persian ("cancel konam", "eshterak") meets Persian.
// Each n-gram counts tf x idf with tf = 1 + ln(count) and idf = ln((1+N)/(1+df)) + kIdfBase. A
// query's length counts n-grams that were never seen, at the highest idf: the more unknown a text,
// the smaller its scores. That is the out-of-scope signal.
//
// Immutable after `learn`; safe from any thread.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "intents/archive.h"
#include "intents/key_table.h"
#include "locales/text.h"

namespace handrail::intents {

inline constexpr std::size_t kBlocks = 4;

struct Feature {
  std::uint32_t index = 0;
  float value = 0;
};
using SparseVector = std::vector<Feature>;

// An n-gram of one block, by hash, with how often it occurs.
struct Gram {
  std::uint64_t key = 0;
  std::uint32_t count = 0;
};
using Grams = std::array<std::vector<Gram>, kBlocks>;

Grams extract_grams(const locales::FoldedText& text);

class FeatureSpace {
 public:
  // Grams of fewer than `least_documents` examples are dropped. The numbers of features follow the
  // order of the documents.
  void learn(const std::vector<const Grams*>& documents, std::uint32_t least_documents,
             const std::array<float, kBlocks>& weights);
  SparseVector vectorize(const Grams& grams) const;
  std::size_t size() const { return idf_.size(); }

  void save(ArchiveWriter& archive) const;
  void load(ArchiveReader& archive);

 private:
  KeyTable keys_;
  std::vector<float> idf_;
  float highest_idf_ = 1;
  std::array<float, kBlocks> weights_{};
};

// Consonants only, one symbol for kh, sh, ch, gh/q, zh, doubles folded, a final h dropped.
std::u32string skeleton(std::u32string_view word);

}  // namespace handrail::intents
