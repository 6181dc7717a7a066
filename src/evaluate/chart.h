// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace picket {

/// Text for HTML: what has a meaning there is escaped, and bytes that no text holds are left out.
[[nodiscard]] std::string EscapeHtml(std::string_view text);

/// A line chart or stacked areas, as an inline SVG that needs nothing else. Colours are classes
/// (s1, s2 ... band), for the page's style sheet to set.
class Chart {
 public:
  struct Series {
    std::string name;
    std::vector<std::pair<double, double>> points;  ///< by x; NaN interrupts
  };

  Chart(std::string x_label, std::string y_label)
      : x_label_(std::move(x_label)), y_label_(std::move(y_label)) {}
  void AddLine(Series series) { lines_.push_back(std::move(series)); }
  /// Areas on top of each other, in the order in which they are added. All have the same x.
  void AddArea(Series series) { areas_.push_back(std::move(series)); }
  /// A filled band between two lines over the same x.
  void SetBand(std::string name, std::vector<std::pair<double, double>> low,
               std::vector<std::pair<double, double>> high);
  [[nodiscard]] std::string Svg() const;

 private:
  std::string x_label_;
  std::string y_label_;
  std::vector<Series> lines_;
  std::vector<Series> areas_;
  std::string band_name_;
  std::vector<std::pair<double, double>> band_low_;
  std::vector<std::pair<double, double>> band_high_;
};

/// Ticks at round numbers that cover [low, high], about `count` of them: first, step.
struct Ticks {
  double first = 0.0;
  double step = 1.0;
  /// All up to `high`.
  [[nodiscard]] std::vector<double> Up(double high) const;
};
[[nodiscard]] Ticks RoundTicks(double low, double high, int count);

}  // namespace picket
