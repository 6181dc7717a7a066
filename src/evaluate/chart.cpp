// SPDX-License-Identifier: Apache-2.0
#include "evaluate/chart.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace picket {
namespace {

constexpr double kWidth = 900.0;
constexpr double kHeight = 280.0;
constexpr double kLeft = 70.0;
constexpr double kRight = 12.0;
constexpr double kTop = 28.0;
constexpr double kBottom = 42.0;

/// From data to the drawing.
struct Scale {
  double x_low = 0.0, x_high = 1.0, y_high = 1.0;
  [[nodiscard]] double X(double x) const {
    return kLeft + (x - x_low) / (x_high - x_low) * (kWidth - kLeft - kRight);
  }
  [[nodiscard]] double Y(double y) const {
    return kHeight - kBottom - std::min(y / y_high, 1.5) * (kHeight - kTop - kBottom);
  }
};

using Points = std::vector<std::pair<double, double>>;

/// A path through the points, lifted where a number is missing.
std::string PathOf(const Points& points, const Scale& scale) {
  std::string path;
  bool down = false;
  for (const auto& [x, y] : points) {
    if (std::isnan(y)) {
      down = false;
      continue;
    }
    path += fmt::format("{}{:.1f} {:.1f}", down ? "L" : "M", scale.X(x), scale.Y(y));
    down = true;
  }
  return path;
}

/// A closed path between two lines.
std::string Between(const Points& low, const Points& high, const Scale& scale) {
  std::string path;
  // Where one of them is missing, the area is interrupted.
  for (std::size_t i = 0; i < high.size();) {
    if (std::isnan(high[i].second) || std::isnan(low[i].second)) {
      ++i;
      continue;
    }
    std::size_t end = i;
    while (end < high.size() && !std::isnan(high[end].second) && !std::isnan(low[end].second))
      ++end;
    for (std::size_t k = i; k < end; ++k) {
      path += fmt::format("{}{:.1f} {:.1f}", k == i ? "M" : "L", scale.X(high[k].first),
                          scale.Y(high[k].second));
    }
    for (std::size_t k = end; k-- > i;) {
      path += fmt::format("L{:.1f} {:.1f}", scale.X(low[k].first), scale.Y(low[k].second));
    }
    path += "Z";
    i = end;
  }
  return path;
}

}  // namespace

std::string EscapeHtml(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        if (static_cast<unsigned char>(c) >= 0x20 || c == '\n') out += c;
    }
  }
  return out;
}

Ticks RoundTicks(double low, double high, int count) {
  const double raw = (high - low) / count;
  if (!(raw > 0.0) || !std::isfinite(raw)) return {low, 1.0};
  const double decade = std::pow(10.0, std::floor(std::log10(raw)));
  double step = 10.0 * decade;
  for (const double factor : {5.0, 2.0, 1.0}) {
    if (factor * decade >= raw * 0.999) step = factor * decade;
  }
  return {std::ceil(low / step) * step, step};
}

std::vector<double> Ticks::Up(double high) const {
  // A step that is lost beside huge numbers must not go on for ever.
  constexpr int kMost = 50;
  std::vector<double> ticks;
  for (int i = 0; i < kMost && first + i * step <= high; ++i) ticks.push_back(first + i * step);
  return ticks;
}

void Chart::SetBand(std::string name, Points low, Points high) {
  band_name_ = std::move(name);
  band_low_ = std::move(low);
  band_high_ = std::move(high);
}

std::string Chart::Svg() const {
  // Areas stand on those below them.
  std::vector<Points> tops;
  for (const Series& area : areas_) {
    Points top = area.points;
    if (!tops.empty()) {
      for (std::size_t i = 0; i < top.size(); ++i) top[i].second += tops.back()[i].second;
    }
    tops.push_back(std::move(top));
  }
  Scale scale;
  scale.x_low = std::numeric_limits<double>::infinity();
  scale.x_high = -scale.x_low;
  double highest = 0.0;
  const auto see = [&](const Points& points, bool bounds) {
    for (const auto& [x, y] : points) {
      scale.x_low = std::min(scale.x_low, x);
      scale.x_high = std::max(scale.x_high, x);
      if (bounds && std::isfinite(y)) highest = std::max(highest, y);
    }
  };
  for (const Series& line : lines_) see(line.points, true);
  for (const Points& top : tops) see(top, true);
  // A band for a single sample reaches far; it is cut rather than flattening all else.
  see(band_high_, false);
  if (!band_high_.empty()) {
    for (const auto& [x, y] : band_low_) {
      if (std::isfinite(y)) highest = std::max(highest, 2.0 * y);
    }
  }
  if (!std::isfinite(scale.x_low)) scale.x_low = scale.x_high = 0.0;
  if (!(scale.x_high > scale.x_low)) scale.x_high = scale.x_low + 1.0;
  scale.y_high = highest > 0.0 ? highest * 1.05 : 1.0;

  std::string svg = fmt::format("<svg viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"{}\">",
                                kWidth, kHeight, EscapeHtml(y_label_));
  const Ticks up = RoundTicks(0.0, scale.y_high, 5);
  for (const double y : up.Up(scale.y_high)) {
    svg += fmt::format("<path class=\"grid\" d=\"M{} {:.1f}H{}\"/>", kLeft, scale.Y(y),
                       kWidth - kRight);
    svg += fmt::format("<text x=\"{}\" y=\"{:.1f}\" text-anchor=\"end\">{:.6g}</text>", kLeft - 6,
                       scale.Y(y) + 4, y);
  }
  const Ticks along = RoundTicks(scale.x_low, scale.x_high, 8);
  for (const double x : along.Up(scale.x_high)) {
    svg += fmt::format("<path class=\"grid\" d=\"M{:.1f} {}V{}\"/>", scale.X(x), kTop,
                       kHeight - kBottom);
    svg += fmt::format("<text x=\"{:.1f}\" y=\"{}\" text-anchor=\"middle\">{:.6g}</text>",
                       scale.X(x), kHeight - kBottom + 16, x + 0.0);
  }
  svg += fmt::format("<text x=\"{}\" y=\"{}\" text-anchor=\"middle\">{}</text>",
                     (kLeft + kWidth - kRight) / 2, kHeight - 8, EscapeHtml(x_label_));
  svg += fmt::format("<text x=\"{}\" y=\"16\">{}</text>", 4, EscapeHtml(y_label_));
  // An inner drawing cuts off what leaves it.
  svg += fmt::format(
      "<svg x=\"{0}\" y=\"{1}\" width=\"{2}\" height=\"{3}\" "
      "viewBox=\"{0} {1} {2} {3}\">",
      kLeft, kTop, kWidth - kLeft - kRight, kHeight - kTop - kBottom);
  if (!band_high_.empty()) {
    svg += fmt::format("<path class=\"band\" d=\"{}\"/>", Between(band_low_, band_high_, scale));
  }
  for (std::size_t i = 0; i < tops.size(); ++i) {
    Points below = tops[i];
    for (std::size_t k = 0; k < below.size(); ++k)
      below[k].second = i > 0 ? tops[i - 1][k].second : 0.0;
    svg +=
        fmt::format("<path class=\"area s{}\" d=\"{}\"/>", i + 1, Between(below, tops[i], scale));
  }
  for (std::size_t i = 0; i < lines_.size(); ++i) {
    svg +=
        fmt::format("<path class=\"line s{}\" d=\"{}\"/>", i + 1, PathOf(lines_[i].points, scale));
  }
  svg += "</svg>";
  // The legend, from the right.
  double x = kWidth - kRight;
  const auto legend = [&](const std::string& name, const std::string& style) {
    x -= 7.0 * static_cast<double>(name.size()) + 24.0;
    svg += fmt::format("<rect class=\"{}\" x=\"{:.0f}\" y=\"8\" width=\"12\" height=\"8\"/>", style,
                       x);
    svg += fmt::format("<text x=\"{:.0f}\" y=\"16\">{}</text>", x + 16, EscapeHtml(name));
  };
  if (!band_high_.empty()) legend(band_name_, "band");
  for (std::size_t i = lines_.size(); i-- > 0;)
    legend(lines_[i].name, fmt::format("area s{}", i + 1));
  for (std::size_t i = areas_.size(); i-- > 0;)
    legend(areas_[i].name, fmt::format("area s{}", i + 1));
  return svg + "</svg>";
}

}  // namespace picket
