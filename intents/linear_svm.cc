#include "intents/linear_svm.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>

namespace handrail::intents {
namespace {

constexpr std::uint32_t kSeed =
    20080705;  // any fixed number: the order of visits must be the same on every run
constexpr float kBiasFeature = 1.0F;

}  // namespace

void LinearSvm::train(const std::vector<SparseVector>& examples, const std::vector<int>& labels,
                      int classes, std::size_t features, const SvmOptions& options) {
  classes_ = classes;
  weights_.assign(features * static_cast<std::size_t>(classes), 0.0F);
  bias_.assign(static_cast<std::size_t>(classes), 0.0F);
  const std::size_t count = examples.size();
  std::vector<double> squares(count);
  for (std::size_t i = 0; i < count; ++i) {
    squares[i] = kBiasFeature * kBiasFeature;
    for (const Feature& feature : examples[i]) squares[i] += double{feature.value} * feature.value;
  }
  std::vector<float> w(features);
  std::vector<double> alpha(count);
  std::vector<std::uint32_t> order(count);
  for (int k = 0; k < classes; ++k) {
    const auto positives = std::count(labels.begin(), labels.end(), k);
    if (positives == 0) continue;
    const double c_positive = options.c * static_cast<double>(count) /
                              (static_cast<double>(classes) * static_cast<double>(positives));
    const double diagonal_positive = 0.5 / c_positive;
    const double diagonal_negative = 0.5 / options.c;
    std::fill(w.begin(), w.end(), 0.0F);
    std::fill(alpha.begin(), alpha.end(), 0.0);
    float bias = 0;
    std::mt19937 random(kSeed);
    std::iota(order.begin(), order.end(), 0U);
    std::size_t active = count;
    double largest_before = 1e30;
    for (int pass = 0; pass < options.passes_max; ++pass) {
      // Fisher-Yates by hand: std::shuffle's order is the library's choice, ours must not change
      // with it.
      for (std::size_t i = active; i > 1; --i) std::swap(order[i - 1], order[random() % i]);
      double largest = 0;
      for (std::size_t position = 0; position < active; ++position) {
        const std::uint32_t i = order[position];
        const bool positive = labels[i] == k;
        const double y = positive ? 1.0 : -1.0;
        const double diagonal = positive ? diagonal_positive : diagonal_negative;
        double dot = bias * kBiasFeature;
        for (const Feature& feature : examples[i]) dot += double{w[feature.index]} * feature.value;
        const double gradient = y * dot - 1.0 + diagonal * alpha[i];
        if (alpha[i] == 0 && gradient > largest_before) {
          // Far on the right side: it will not become a support vector soon (shrinking,
          // section 3.2).
          std::swap(order[position], order[--active]);
          --position;
          continue;
        }
        const double projected = alpha[i] == 0 ? std::min(gradient, 0.0) : gradient;
        largest = std::max(largest, std::abs(projected));
        if (std::abs(projected) < 1e-12) continue;
        const double before = alpha[i];
        alpha[i] = std::max(before - gradient / (squares[i] + diagonal), 0.0);
        const auto step = static_cast<float>((alpha[i] - before) * y);
        for (const Feature& feature : examples[i]) w[feature.index] += step * feature.value;
        bias += step * kBiasFeature;
      }
      if (largest < options.tolerance) break;
      largest_before = largest;
    }
    for (std::size_t f = 0; f < features; ++f) {
      weights_[f * static_cast<std::size_t>(classes) + static_cast<std::size_t>(k)] = w[f];
    }
    bias_[static_cast<std::size_t>(k)] = bias;
  }
}

std::vector<float> LinearSvm::scores(const SparseVector& vector) const {
  std::vector<float> result = bias_;
  const auto width = static_cast<std::size_t>(classes_);
  for (const Feature& feature : vector) {
    const float* row = weights_.data() + feature.index * width;
    for (std::size_t k = 0; k < width; ++k) result[k] += feature.value * row[k];
  }
  return result;
}

}  // namespace handrail::intents
