// SPDX-License-Identifier: Apache-2.0
#include "picket/codec/capture.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "picket/codec/adsb.h"
#include "picket/codec/beast.h"
#include "picket/codec/json.h"
#include "picket/codec/mode_s.h"

namespace picket {
namespace {

constexpr std::array<std::string_view, 11> kNames = {"unknown",   "reports",  "truth",   "tracks",
                                                     "recording", "pcap",     "asterix", "beast",
                                                     "avr",       "adsb-csv", "sbs"};

// The byte order of the file that the number 0xA1B2C3D4 (or with nanoseconds 0xA1B23C4D) tells.
bool IsPcap(std::string_view head) {
  using namespace std::string_view_literals;
  for (const std::string_view magic :
       {"\xD4\xC3\xB2\xA1"sv, "\xA1\xB2\xC3\xD4"sv, "\x4D\x3C\xB2\xA1"sv, "\xA1\xB2\x3C\x4D"sv,
        "\x0A\x0D\x0D\x0A"sv}) {
    if (head.starts_with(magic)) return true;
  }
  return false;
}

// JSON Lines of ours: the first line that is an object tells. A line longer than what is at hand
// is told by its keys alone.
// @param damaged  lines before it may be anything
CaptureFormat RecogniseJson(std::string_view text, bool damaged) {
  constexpr std::string_view kBlank = " \t\r\n";
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  for (int objects = 0; objects < 100;) {
    const std::size_t first = text.find_first_not_of(kBlank);
    if (first == std::string_view::npos) return CaptureFormat::kUnknown;
    text.remove_prefix(first);
    const std::size_t end = text.find('\n');
    if (text[0] != '{') {
      if (!damaged || end == std::string_view::npos) return CaptureFormat::kUnknown;
      text.remove_prefix(end + 1);
      continue;
    }
    ++objects;
    if (const auto kind = RecogniseLine(text.substr(0, end))) {
      switch (*kind) {
        case JsonLines::kReports:
          return CaptureFormat::kReports;
        case JsonLines::kTruth:
          return CaptureFormat::kTruth;
        case JsonLines::kTracks:
          return CaptureFormat::kTracks;
      }
    }
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  if (text.find("\"detections\"") != std::string_view::npos) return CaptureFormat::kReports;
  if (text.find("\"targets\"") != std::string_view::npos) return CaptureFormat::kTruth;
  if (text.find("\"tracks\"") != std::string_view::npos) return CaptureFormat::kTracks;
  return CaptureFormat::kUnknown;
}

CaptureFormat RecogniseReceiverText(std::span<const std::uint8_t> head, bool whole) {
  if (std::find(head.begin(), head.end(), 0) != head.end()) return CaptureFormat::kUnknown;
  std::int64_t good = 0;
  std::int64_t bad = 0;
  std::array<std::int64_t, kNames.size()> found{};
  TextFramer framer;
  const FrameSink on_frame = [&](const ReceiverFrame& f) {
    CaptureFormat format = CaptureFormat::kAvr;
    if (f.kind == ReceiverFrame::Kind::kSbs) {
      format = CaptureFormat::kSbs;
    } else if (f.time) {
      format = CaptureFormat::kAdsbCsv;
    }
    ++found[static_cast<std::size_t>(format)];
    ++good;
  };
  const ErrorSink on_error = [&](const Error&) { ++bad; };
  framer.Feed(head, on_frame, on_error);
  if (whole) framer.Finish(on_frame, on_error);
  if (good == 0 || bad > good) return CaptureFormat::kUnknown;
  return static_cast<CaptureFormat>(std::max_element(found.begin(), found.end()) - found.begin());
}

bool IsBeast(std::span<const std::uint8_t> head) {
  std::size_t framed = 0;
  bool sound = false;
  BeastFramer framer;
  framer.Feed(
      head,
      [&](const ReceiverFrame& f) {
        framed += f.raw.size();
        sound = sound || f.kind != ReceiverFrame::Kind::kModeS || ParseModeS(f.payload).has_value();
      },
      [](const Error&) {});
  return sound && 2 * framed > head.size();
}

// Categories that EUROCONTROL has published or reserved for national use, and that are met.
bool IsAsterixCategory(std::uint8_t category) {
  static constexpr auto kMet = std::to_array<std::uint8_t>(
      {1,  2,  3,   4,   7,   8,   9,   10,  11,  15,  16,  17,  18,  19,
       20, 21, 23,  24,  25,  30,  31,  32,  33,  34,  48,  61,  62,  63,
       64, 65, 129, 150, 151, 152, 153, 205, 238, 239, 240, 244, 247, 252});
  return std::binary_search(kMet.begin(), kMet.end(), category);
}

// Data blocks: category, 16-bit length (both included), then the next one.
bool IsAsterix(std::span<const std::uint8_t> head, bool whole) {
  constexpr std::size_t kEnoughBlocks = 3;  // so many in a chain are no accident
  std::size_t blocks = 0;
  std::size_t at = 0;
  while (at + 3 <= head.size()) {
    const std::size_t length = static_cast<std::size_t>(head[at + 1]) << 8U | head[at + 2];
    if (!IsAsterixCategory(head[at]) || length < 5) return blocks >= kEnoughBlocks;
    if (at + length > head.size()) return blocks >= kEnoughBlocks || (!whole && blocks > 0);
    at += length;
    ++blocks;
  }
  return blocks > 0 && (at == head.size() || !whole || blocks >= kEnoughBlocks);
}

// Report lines as a stream.
class ReportsDecoder final : public StreamDecoder {
 public:
  explicit ReportsDecoder(DecodeOptions options) : options_(options) {}

  void Feed(std::span<const std::uint8_t> bytes, std::optional<Time>,
            const DecodeSink& sink) override {
    while (!bytes.empty()) {
      const auto* const end = static_cast<const std::uint8_t*>(
          std::find(bytes.data(), bytes.data() + bytes.size(), std::uint8_t{'\n'}));
      const auto part = static_cast<std::size_t>(end - bytes.data());
      if (line_.size() + part > kMaxReportBytes) {
        too_long_ = true;
        line_.clear();
      }
      if (!too_long_) line_.append(reinterpret_cast<const char*>(bytes.data()), part);
      offset_ += static_cast<std::int64_t>(part);
      if (part == bytes.size()) return;
      Line(sink);
      ++offset_;
      start_ = offset_;
      ++number_;
      bytes = bytes.subspan(part + 1);
    }
  }

  void Finish(const DecodeSink& sink) override { Line(sink); }

 private:
  void Line(const DecodeSink& sink) {
    std::string_view text = line_;
    if (number_ == 1 && text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
    if (too_long_) {
      Error error;
      error.what = fmt::format("line over {} bytes, passed over", kMaxReportBytes);
      Tell(std::move(error), sink);
    } else if (text.find_first_not_of(" \t\r") != std::string_view::npos) {
      auto parsed = reader_.Read(text);
      if (parsed) {
        for (const std::string& key : parsed->unknown_keys) {
          if (told_keys_.size() < kMostKeys && told_keys_.insert(key).second) {
            Error error;
            error.field = key;
            error.what = "warning: this key means nothing here; told of once";
            Tell(std::move(error), sink);
          }
        }
        DecodedMessage message;
        message.line = number_;
        message.byte = start_;
        message.raw = {reinterpret_cast<const std::uint8_t*>(line_.data()), line_.size()};
        if (options_.want_json) message.json = text.substr(0, text.find_last_not_of(" \t\r") + 1);
        if (options_.want_reports) message.report = std::move(parsed->report);
        if (sink.on_message) sink.on_message(message);
      } else {
        Tell(std::move(parsed.error()), sink);
      }
    }
    line_.clear();
    too_long_ = false;
  }

  void Tell(Error error, const DecodeSink& sink) const {
    error.line = number_;
    if (error.byte < 0) error.byte = start_;
    if (sink.on_error) sink.on_error(error);
  }

  static constexpr std::size_t kMostKeys = 100;
  DecodeOptions options_;
  ReportReader reader_;
  std::string line_;
  bool too_long_ = false;
  std::int64_t offset_ = 0;
  std::int64_t start_ = 0;
  std::int64_t number_ = 1;
  std::set<std::string> told_keys_;
};

}  // namespace

std::string_view CaptureFormatName(CaptureFormat format) {
  return kNames[static_cast<std::size_t>(format)];
}

std::optional<CaptureFormat> ParseCaptureFormat(std::string_view name) {
  for (std::size_t i = 1; i < kNames.size(); ++i) {
    if (kNames[i] == name) return static_cast<CaptureFormat>(i);
  }
  return std::nullopt;
}

CaptureFormat RecogniseCapture(std::span<const std::uint8_t> head, bool whole) {
  if (head.size() > kRecognitionBytes) {
    head = head.first(kRecognitionBytes);
    whole = false;
  }
  using namespace std::string_view_literals;
  const std::string_view text(reinterpret_cast<const char*>(head.data()), head.size());
  if (text.starts_with("SQLite format 3\0"sv)) return CaptureFormat::kRecording;
  if (IsPcap(text)) return CaptureFormat::kPcap;
  if (const auto json = RecogniseJson(text, false); json != CaptureFormat::kUnknown) return json;
  if (const auto receiver = RecogniseReceiverText(head, whole);
      receiver != CaptureFormat::kUnknown) {
    return receiver;
  }
  if (IsBeast(head)) return CaptureFormat::kBeast;
  if (IsAsterix(head, whole)) return CaptureFormat::kAsterix;
  return RecogniseJson(text, true);
}

CaptureOptions CaptureOptionsOf(const Site& site) {
  CaptureOptions options;
  options.reference = site.origin;
  for (const SensorEntry& entry : site.sensors) {
    if (!entry.adsb.empty()) options.adsb_sensor = entry.sensor.id;
    if (!entry.asterix) continue;
    AsterixSensor radar;
    radar.sac = entry.asterix->sac;
    radar.sic = entry.asterix->sic;
    radar.id = entry.sensor.id;
    radar.editions = entry.asterix->editions;
    radar.period = entry.sensor.period;
    radar.measures = entry.sensor.measures;
    options.asterix.push_back(std::move(radar));
  }
  return options;
}

std::unique_ptr<StreamDecoder> MakeDecoder(CaptureFormat format, const CaptureOptions& options) {
  switch (format) {
    case CaptureFormat::kReports:
      return std::make_unique<ReportsDecoder>(options.decode);
    case CaptureFormat::kAsterix: {
      AsterixOptions asterix;
      asterix.decode = options.decode;
      asterix.framing = options.datagrams ? AsterixFraming::kDatagram : AsterixFraming::kStream;
      asterix.editions = options.editions;
      asterix.sensors = options.asterix;
      asterix.start = options.start;
      asterix.reference = options.reference;
      return std::make_unique<AsterixDecoder>(std::move(asterix));
    }
    case CaptureFormat::kBeast:
    case CaptureFormat::kAvr:
    case CaptureFormat::kAdsbCsv:
    case CaptureFormat::kSbs: {
      AdsbOptions adsb;
      adsb.decode = options.decode;
      adsb.sensor = options.adsb_sensor;
      adsb.start = options.start;
      adsb.reference = options.reference;
      adsb.accept_unseen_addresses = options.accept_unseen_addresses;
      return std::make_unique<AdsbDecoder>(
          format == CaptureFormat::kBeast ? AdsbFraming::kBeast : AdsbFraming::kText,
          std::move(adsb));
    }
    case CaptureFormat::kUnknown:
    case CaptureFormat::kTruth:
    case CaptureFormat::kTracks:
    case CaptureFormat::kRecording:
    case CaptureFormat::kPcap:
      return nullptr;
  }
  return nullptr;
}

}  // namespace picket
