// SPDX-License-Identifier: Apache-2.0
#include "plan_picture.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <string_view>

#include "picket/io/raster.h"

namespace picket::app {
namespace {

/// Letters of 5 x 7 dots, column by column, the lowest bit on top: what a legend needs.
constexpr std::string_view kLetters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ.,-:%";
constexpr std::uint8_t kDots[][5] = {
    {0x3E, 0x51, 0x49, 0x45, 0x3E},  // 0
    {0x00, 0x42, 0x7F, 0x40, 0x00},  // 1
    {0x42, 0x61, 0x51, 0x49, 0x46},  // 2
    {0x21, 0x41, 0x45, 0x4B, 0x31},  // 3
    {0x18, 0x14, 0x12, 0x7F, 0x10},  // 4
    {0x27, 0x45, 0x45, 0x45, 0x39},  // 5
    {0x3C, 0x4A, 0x49, 0x49, 0x30},  // 6
    {0x01, 0x71, 0x09, 0x05, 0x03},  // 7
    {0x36, 0x49, 0x49, 0x49, 0x36},  // 8
    {0x06, 0x49, 0x49, 0x29, 0x1E},  // 9
    {0x7E, 0x11, 0x11, 0x11, 0x7E},  // A
    {0x7F, 0x49, 0x49, 0x49, 0x36},  // B
    {0x3E, 0x41, 0x41, 0x41, 0x22},  // C
    {0x7F, 0x41, 0x41, 0x22, 0x1C},  // D
    {0x7F, 0x49, 0x49, 0x49, 0x41},  // E
    {0x7F, 0x09, 0x09, 0x09, 0x01},  // F
    {0x3E, 0x41, 0x49, 0x49, 0x7A},  // G
    {0x7F, 0x08, 0x08, 0x08, 0x7F},  // H
    {0x00, 0x41, 0x7F, 0x41, 0x00},  // I
    {0x20, 0x40, 0x41, 0x3F, 0x01},  // J
    {0x7F, 0x08, 0x14, 0x22, 0x41},  // K
    {0x7F, 0x40, 0x40, 0x40, 0x40},  // L
    {0x7F, 0x02, 0x0C, 0x02, 0x7F},  // M
    {0x7F, 0x04, 0x08, 0x10, 0x7F},  // N
    {0x3E, 0x41, 0x41, 0x41, 0x3E},  // O
    {0x7F, 0x09, 0x09, 0x09, 0x06},  // P
    {0x3E, 0x41, 0x51, 0x21, 0x5E},  // Q
    {0x7F, 0x09, 0x19, 0x29, 0x46},  // R
    {0x46, 0x49, 0x49, 0x49, 0x31},  // S
    {0x01, 0x01, 0x7F, 0x01, 0x01},  // T
    {0x3F, 0x40, 0x40, 0x40, 0x3F},  // U
    {0x1F, 0x20, 0x40, 0x20, 0x1F},  // V
    {0x3F, 0x40, 0x38, 0x40, 0x3F},  // W
    {0x63, 0x14, 0x08, 0x14, 0x63},  // X
    {0x07, 0x08, 0x70, 0x08, 0x07},  // Y
    {0x61, 0x51, 0x49, 0x45, 0x43},  // Z
    {0x00, 0x60, 0x60, 0x00, 0x00},  // .
    {0x00, 0x50, 0x30, 0x00, 0x00},  // ,
    {0x08, 0x08, 0x08, 0x08, 0x08},  // -
    {0x00, 0x36, 0x36, 0x00, 0x00},  // :
    {0x23, 0x13, 0x08, 0x64, 0x62},  // %
};
static_assert(std::size(kDots) == kLetters.size());
constexpr int kLetterWidth = 6;
constexpr int kLineHeight = 12;
constexpr Colour kPaper{246, 244, 239};
constexpr Colour kInk{29, 39, 48};

/// A picture that grows under the pen.
struct Canvas {
  int width;
  int height;
  std::vector<std::uint8_t> rgb;

  void Dot(int x, int y, const Colour& c) {
    if (x < 0 || y < 0 || x >= width || y >= height) return;
    std::uint8_t* at =
        &rgb[3 * (static_cast<std::size_t>(y) * width + static_cast<std::size_t>(x))];
    at[0] = static_cast<std::uint8_t>(c.r);
    at[1] = static_cast<std::uint8_t>(c.g);
    at[2] = static_cast<std::uint8_t>(c.b);
  }
  void Box(int x, int y, int w, int h, const Colour& c) {
    for (int row = y; row < y + h; ++row) {
      for (int column = x; column < x + w; ++column) Dot(column, row, c);
    }
  }
  void Write(int x, int y, std::string_view text) {
    for (const char letter : text) {
      const auto upper = static_cast<char>(std::toupper(static_cast<unsigned char>(letter)));
      const std::size_t which = kLetters.find(upper);
      for (int column = 0; which != std::string_view::npos && column < 5; ++column) {
        for (int row = 0; row < 7; ++row) {
          if ((kDots[which][column] >> row & 1) != 0) Dot(x + column, y + row, kInk);
        }
      }
      x += kLetterWidth;
    }
  }
};

}  // namespace

Colour ColourOfProbability(float p) {
  if (std::isnan(p)) return kUnknownColour;
  return p < 0.1F ? kBlind : p < kGapBelow ? kWeak : p < 0.9F ? kFair : kSure;
}

Colour ColourOfCount(float sensors) {
  if (std::isnan(sensors)) return kUnknownColour;
  return sensors < 1.0F ? kBlind : sensors < 2.0F ? kWeak : sensors < 3.0F ? kFair : kSure;
}

Colour ColourOfHeight(float height_m) {
  if (std::isnan(height_m)) return kUnknownColour;
  return height_m <= 30.0F    ? kSure
         : height_m <= 100.0F ? kFair
         : height_m <= 300.0F ? kWeak
                              : kBlind;
}

const Legend& LegendOfProbability() {
  static const Legend legend = {{kSure, "at least 90 % a look"},
                                {kFair, "50 to 90 %"},
                                {kWeak, "10 to 50 %: a gap"},
                                {kBlind, "under 10 %: blind"},
                                {kUnknownColour, "not known"}};
  return legend;
}

const Legend& LegendOfCount() {
  static const Legend legend = {{kSure, "three sensors or more"},
                                {kFair, "two"},
                                {kWeak, "one"},
                                {kBlind, "none"},
                                {kUnknownColour, "not known"}};
  return legend;
}

const Legend& LegendOfHeight() {
  static const Legend legend = {{kSure, "30 m and lower"},
                                {kFair, "to 100 m"},
                                {kWeak, "to 300 m"},
                                {kBlind, "higher"},
                                {kUnknownColour, "none in range, or not known"}};
  return legend;
}

Painter::Painter(const PlanGrid& grid) : grid_(grid), light_(grid.size(), 1.0F) {
  for (int row = 1; row + 1 < grid.rows; ++row) {
    for (int column = 1; column + 1 < grid.columns; ++column) {
      const std::size_t i = static_cast<std::size_t>(row) * grid.columns + column;
      const float e = (grid.ground_hae_m[i + 1] - grid.ground_hae_m[i - 1]) /
                      static_cast<float>(2 * grid.cell_m);
      const float n = (grid.ground_hae_m[i - grid.columns] - grid.ground_hae_m[i + grid.columns]) /
                      static_cast<float>(2 * grid.cell_m);
      if (std::isnan(e) || std::isnan(n)) continue;
      const float norm = std::sqrt(1.0F + 9.0F * (e * e + n * n));  // three times too steep
      light_[i] = std::clamp((0.6F * 3.0F * (e - n) + 1.0F) / norm, 0.35F, 1.5F);
    }
  }
}

std::vector<std::uint8_t> Painter::Paint(const ColourOfCell& colour) const {
  std::vector<std::uint8_t> rgb;
  rgb.reserve(3 * grid_.size());
  for (std::size_t i = 0; i < grid_.size(); ++i) {
    const float light = light_[i];
    Colour c{236, 234, 228};
    if (grid_.InRegion(i)) {
      c = colour(i);
      if (std::isnan(grid_.ground_hae_m[i])) c = kUnknownColour;
      const bool hatched = c.r == kUnknownColour.r && c.g == kUnknownColour.g;
      if (hatched && (i % grid_.columns + i / grid_.columns) % 6 < 2) c = {160, 160, 168};
    }
    for (const int channel : {c.r, c.g, c.b}) {
      const float lit = 0.55F * static_cast<float>(channel) * (0.4F + 0.6F * light) +
                        0.45F * static_cast<float>(channel) * light;
      rgb.push_back(static_cast<std::uint8_t>(std::clamp(lit, 0.0F, 255.0F)));
    }
  }
  return rgb;
}

Result<std::string> Painter::Map(const ColourOfCell& colour) const {
  return EncodePng(grid_.columns, grid_.rows, Paint(colour));
}

Result<std::string> Painter::MapWithLegend(const ColourOfCell& colour, const std::string& title,
                                           const Legend& legend) const {
  constexpr int kLeastWidth = 400;
  const int scale = (kLeastWidth - 1) / grid_.columns + 1;
  const int map_height = scale * grid_.rows;
  Canvas canvas;
  canvas.width = scale * grid_.columns;
  canvas.height = map_height + kLineHeight * (static_cast<int>(legend.size()) + 1) + 8;
  canvas.rgb.resize(3U * static_cast<std::size_t>(canvas.width) * canvas.height);
  canvas.Box(0, 0, canvas.width, canvas.height, kPaper);
  const std::vector<std::uint8_t> map = Paint(colour);
  for (std::size_t i = 0; i < grid_.size(); ++i) {
    const int x = static_cast<int>(i % grid_.columns) * scale;
    const int y = static_cast<int>(i / grid_.columns) * scale;
    canvas.Box(x, y, scale, scale, {map[3 * i], map[3 * i + 1], map[3 * i + 2]});
  }
  int y = map_height + 6;
  canvas.Write(6, y, title);
  for (const auto& [swatch, text] : legend) {
    y += kLineHeight;
    canvas.Box(6, y - 1, 9, 9, swatch);
    canvas.Write(20, y, text);
  }
  return EncodePng(canvas.width, canvas.height, canvas.rgb);
}

}  // namespace picket::app
