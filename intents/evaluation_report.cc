#include "intents/evaluation_report.h"

#include <algorithm>
#include <array>
#include <iomanip>
#include <set>
#include <sstream>

namespace handrail::intents {
namespace {

constexpr std::size_t kBins = 10;
constexpr int kSide = 420;                  // of a diagram's plot, in pixels
constexpr int kMargin = 60;                 // around it, for axes
constexpr std::size_t kLargestMatrix = 40;  // intents; of more only the most confused are drawn
constexpr int kLabelWidth = 190;
constexpr const char* kInk = "#1f2933";
constexpr const char* kRight = "#2f5d8c";
constexpr const char* kWrong = "#d9480f";

std::string escaped(const std::string& text) {
  std::string result;
  for (const char c : text) {
    if (c == '&')
      result += "&amp;";
    else if (c == '<')
      result += "&lt;";
    else if (c == '>')
      result += "&gt;";
    else if (c == '"')
      result += "&quot;";
    else
      result += c;
  }
  return result;
}

class Svg {
 public:
  Svg(int width, int height, const std::string& title) {
    out_ << std::fixed << std::setprecision(1)
         << R"(<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 )" << width << " "
         << height << R"(" font-family="sans-serif" font-size="13"><title>)" << escaped(title)
         << "</title>\n"
         << R"(<rect width=")" << width << R"(" height=")" << height << R"(" fill="#ffffff"/>)"
         << "\n";
  }
  void box(double x, double y, double width, double height, const std::string& fill,
           double opacity = 1) {
    out_ << R"(<rect x=")" << x << R"(" y=")" << y << R"(" width=")" << width << R"(" height=")"
         << height << R"(" fill=")" << fill << R"(" fill-opacity=")" << std::setprecision(3)
         << opacity << std::setprecision(1) << "\"/>\n";
  }
  void line(double x1, double y1, double x2, double y2, const std::string& more = "") {
    out_ << R"(<line x1=")" << x1 << R"(" y1=")" << y1 << R"(" x2=")" << x2 << R"(" y2=")" << y2
         << R"(" stroke=")" << kInk << "\" " << more << "/>\n";
  }
  void text(double x, double y, const std::string& words, const std::string& more = "") {
    out_ << R"(<text x=")" << x << R"(" y=")" << y << R"(" fill=")" << kInk << "\" " << more << ">"
         << escaped(words) << "</text>\n";
  }
  // A square plot whose axes go from 0 to 1.
  void axes(const std::string& below, const std::string& beside) {
    line(kMargin, kMargin, kMargin, kMargin + kSide);
    line(kMargin, kMargin + kSide, kMargin + kSide, kMargin + kSide);
    for (int tenth = 0; tenth <= 10; tenth += 2) {
      const std::string number = tenth == 10 ? "1.0" : "0." + std::to_string(tenth);
      text(kMargin + kSide * tenth / 10.0, kMargin + kSide + 20, number, R"(text-anchor="middle")");
    }
    text(kMargin + kSide / 2.0, kMargin + kSide + 44, below, R"(text-anchor="middle")");
    text(kMargin, kMargin - 20, beside);
  }
  std::string take() { return out_.str() + "</svg>\n"; }

 private:
  std::ostringstream out_;
};

std::size_t bin_of(double probability) {
  return std::min(kBins - 1, static_cast<std::size_t>(std::max(0.0, probability) * kBins));
}

struct Bin {
  double count = 0, right = 0, sum = 0;
};
std::array<Bin, kBins> bins_of(const std::vector<Judged>& rows) {
  std::array<Bin, kBins> bins;
  for (const Judged& row : rows) {
    Bin& bin = bins[bin_of(row.probability)];
    bin.count += 1;
    bin.sum += row.probability;
    bin.right += row.best == row.expected ? 1 : 0;
  }
  return bins;
}

// A bar reaches as high as its answers were right; on the diagonal confidence is honest.
std::string reliability(const std::vector<Judged>& rows) {
  Svg svg(kSide + 2 * kMargin, kSide + 2 * kMargin,
          "Reliability: how often an answer of that confidence is right");
  svg.axes("confidence", "right");
  const auto bins = bins_of(rows);
  for (std::size_t i = 0; i < kBins; ++i) {
    if (bins[i].count == 0) continue;
    const double share = bins[i].right / bins[i].count;
    const double width = static_cast<double>(kSide) / kBins;
    svg.box(kMargin + width * static_cast<double>(i) + 2, kMargin + kSide * (1 - share), width - 4,
            kSide * share, kRight, 0.8);
    svg.text(kMargin + width * (static_cast<double>(i) + 0.5), kMargin + kSide * (1 - share) - 5,
             std::to_string(static_cast<int>(bins[i].count)),
             R"(text-anchor="middle" font-size="11")");
  }
  svg.line(kMargin, kMargin + kSide, kMargin + kSide, kMargin, R"(stroke-dasharray="6 5")");
  return svg.take();
}

std::string confidence(const std::vector<Judged>& rows) {
  Svg svg(kSide + 2 * kMargin, kSide + 2 * kMargin,
          "Confidence of right and of wrong best guesses");
  svg.axes("confidence", "rows (blue: right, orange: wrong or out of scope)");
  const auto bins = bins_of(rows);
  double most = 1;
  for (const Bin& bin : bins) most = std::max(most, bin.count);
  const double width = static_cast<double>(kSide) / kBins;
  for (std::size_t i = 0; i < kBins; ++i) {
    const double right = kSide * bins[i].right / most;
    const double wrong = kSide * (bins[i].count - bins[i].right) / most;
    const double x = kMargin + width * static_cast<double>(i) + 2;
    svg.box(x, kMargin + kSide - right, width - 4, right, kRight);
    svg.box(x, kMargin + kSide - right - wrong, width - 4, wrong, kWrong);
    svg.text(x + width / 2 - 2, kMargin + kSide - right - wrong - 5,
             std::to_string(static_cast<int>(bins[i].count)),
             R"(text-anchor="middle" font-size="11")");
  }
  return svg.take();
}

std::string confusion(const std::vector<Judged>& rows) {
  std::map<std::string, std::map<std::string, double>> counts;
  std::map<std::string, double> totals;
  std::map<std::string, double> mistakes;
  for (const Judged& row : rows) {
    counts[row.expected][row.decided] += 1;
    totals[row.expected] += 1;
    if (row.decided == row.expected) continue;
    mistakes[row.expected] += 1;
    mistakes[row.decided] += 1;
  }
  std::vector<std::string> names;
  for (const auto& [name, total] : totals) names.push_back(name);
  for (const auto& [name, count] : mistakes) {
    if (totals.count(name) == 0) names.push_back(name);
  }
  if (names.size() > kLargestMatrix) {
    std::stable_sort(names.begin(), names.end(),
                     [&](const auto& a, const auto& b) { return mistakes[a] > mistakes[b]; });
    names.resize(kLargestMatrix);
  }
  std::sort(names.begin(), names.end());
  constexpr int kCell = 26;
  const int side = kCell * static_cast<int>(names.size());
  Svg svg(kLabelWidth + side + 20, kLabelWidth + side + 20,
          "Confusion: what was meant (rows) and what was decided (columns)");
  for (std::size_t i = 0; i < names.size(); ++i) {
    const double at = kLabelWidth + kCell * (static_cast<double>(i) + 0.65);
    svg.text(kLabelWidth - 8, at, names[i], R"(text-anchor="end")");
    svg.text(0, 0, names[i],
             "transform=\"translate(" +
                 std::to_string(kLabelWidth + kCell * static_cast<int>(i) + 17) + " " +
                 std::to_string(kLabelWidth - 8) + ") rotate(-60)\"");
    for (std::size_t k = 0; k < names.size(); ++k) {
      const double count = counts[names[i]][names[k]];
      const double x = kLabelWidth + kCell * static_cast<double>(k);
      const double y = kLabelWidth + kCell * static_cast<double>(i);
      const double share = totals[names[i]] == 0 ? 0 : count / totals[names[i]];
      svg.box(x + 1, y + 1, kCell - 2, kCell - 2,
              count == 0 ? "#eef1f4"
              : i == k   ? kRight
                         : kWrong,
              count == 0 ? 1 : 0.15 + 0.85 * share);
      if (count > 0)
        svg.text(x + kCell / 2.0, y + 17, std::to_string(static_cast<int>(count)),
                 R"(text-anchor="middle" font-size="11")");
    }
  }
  return svg.take();
}

std::string page(const nlohmann::json& figures) {
  std::ostringstream out;
  out << "<!doctype html>\n<html lang=\"en\">\n<meta "
         "charset=\"utf-8\">\n<title>Evaluation</title>\n"
         "<style>body{font:16px/1.5 sans-serif;max-width:1100px;margin:24px auto;padding:0 "
         "16px;color:#1f2933}"
         "img{max-width:100%;border:1px solid #c7d0d9;border-radius:8px}td{padding:2px 16px 2px 0}"
         ".two{display:grid;grid-template-columns:repeat(auto-fit,minmax(320px,1fr));gap:16px}</"
         "style>\n<h1>Evaluation</h1>\n<table>\n";
  for (const auto& [name, value] : figures.items()) {
    if (value.is_number())
      out << "<tr><td>" << escaped(name) << "</td><td>" << value.dump() << "</td></tr>\n";
  }
  out << "</table>\n<div class=\"two\">\n<figure><img src=\"reliability.svg\" alt=\"Reliability "
         "diagram\"><figcaption>On the dashed line "
         "an answer is right as often as its confidence says.</figcaption></figure>\n<figure><img "
         "src=\"confidence.svg\" "
         "alt=\"Histogram of confidence\"><figcaption>Where right and wrong best guesses "
         "lie.</figcaption></figure>\n</div>\n<figure><img "
         "src=\"confusion.svg\" alt=\"Confusion matrix\"><figcaption>Rows: what was meant. "
         "Columns: what was decided.</figcaption></figure>\n";
  return out.str();
}

}  // namespace

std::map<std::string, std::string> report(const std::vector<Judged>& rows,
                                          const nlohmann::json& figures) {
  return {{"reliability.svg", reliability(rows)},
          {"confidence.svg", confidence(rows)},
          {"confusion.svg", confusion(rows)},
          {"index.html", page(figures)}};
}

}  // namespace handrail::intents
