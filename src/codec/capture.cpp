// SPDX-License-Identifier: Apache-2.0
#include "picket/codec/capture.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "picket/codec/adsb.h"
#include "picket/codec/beast.h"
#include "picket/codec/cot.h"
#include "picket/codec/json.h"
#include "picket/codec/mode_s.h"
#include "picket/codec/readsb_json.h"
#include "picket/codec/remote_id.h"

namespace picket {
namespace {

/// The first bytes of an input, for recognition.
struct Head {
  std::span<const std::uint8_t> bytes;
  std::string_view text;  ///< the same
  bool whole = false;     ///< that is all there is
};

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
  std::map<CaptureFormat, std::int64_t> found;
  TextFramer framer;
  const FrameSink on_frame = [&](const ReceiverFrame& f) {
    CaptureFormat format = CaptureFormat::kAvr;
    if (f.kind == ReceiverFrame::Kind::kSbs) {
      format = CaptureFormat::kSbs;
    } else if (f.time) {
      format = CaptureFormat::kAdsbCsv;
    }
    ++found[format];
    ++good;
  };
  const ErrorSink on_error = [&](const Error&) { ++bad; };
  framer.Feed(head, on_frame, on_error);
  if (whole) framer.Finish(on_frame, on_error);
  if (good == 0 || bad > good) return CaptureFormat::kUnknown;
  return std::max_element(found.begin(), found.end(),
                          [](const auto& a, const auto& b) { return a.second < b.second; })
      ->first;
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
        if (!too_long_) {
          line_.append(reinterpret_cast<const char*>(bytes.data()),
                       std::min(part, kMaxReportBytes - line_.size()));
          too_long_of_ = SensorNamedIn(line_);
        }
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
      Refuse(std::move(error), too_long_of_, sink);
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
        Refuse(std::move(parsed.error()), SensorNamedIn(text), sink);
      }
    }
    line_.clear();
    too_long_ = false;
  }

  void Refuse(Error error, const std::string& sensor, const DecodeSink& sink) const {
    Tell(std::move(error), sink);
    if (sink.on_refused) sink.on_refused(sensor);
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
  std::string too_long_of_;  ///< the sensor that such a line's beginning names
  std::int64_t offset_ = 0;
  std::int64_t start_ = 0;
  std::int64_t number_ = 1;
  std::set<std::string> told_keys_;
};

std::unique_ptr<StreamDecoder> MakeAsterix(const CaptureOptions& options) {
  AsterixOptions asterix;
  asterix.decode = options.decode;
  asterix.framing = options.datagrams ? AsterixFraming::kDatagram : AsterixFraming::kStream;
  asterix.editions = options.editions;
  asterix.sensors = options.asterix;
  asterix.start = options.start;
  asterix.reference = options.reference;
  return std::make_unique<AsterixDecoder>(std::move(asterix));
}

template <AdsbFraming kFraming>
std::unique_ptr<StreamDecoder> MakeAdsb(const CaptureOptions& options) {
  AdsbOptions adsb;
  adsb.decode = options.decode;
  adsb.sensor = options.adsb_sensor;
  adsb.start = options.start;
  adsb.reference = options.reference;
  adsb.accept_unseen_addresses = options.accept_unseen_addresses;
  return std::make_unique<AdsbDecoder>(kFraming, std::move(adsb));
}

std::unique_ptr<StreamDecoder> MakeReadsb(const CaptureOptions& options) {
  return std::make_unique<ReadsbDecoder>(options.decode, options.adsb_sensor);
}

std::unique_ptr<StreamDecoder> MakeReports(const CaptureOptions& options) {
  return std::make_unique<ReportsDecoder>(options.decode);
}

std::unique_ptr<StreamDecoder> MakeSapient(const CaptureOptions& options) {
  return std::make_unique<sapient::SapientDecoder>(
      sapient::Options{options.decode, options.sapient, options.sapient_receiver});
}

std::unique_ptr<StreamDecoder> MakeCot(const CaptureOptions& options) {
  return std::make_unique<cot::CotDecoder>(options.decode, options.cot_sensor, options.datagrams,
                                           options.cot_own);
}

std::unique_ptr<StreamDecoder> MakeRemoteId(const CaptureOptions& options) {
  return std::make_unique<remote_id::JsonDecoder>(options.decode, options.remote_id_sensor,
                                                  options.start);
}

template <CaptureFormat kFormat, bool kDamaged>
bool IsJsonOf(const Head& head) {
  return RecogniseJson(head.text, kDamaged) == kFormat;
}
template <CaptureFormat kFormat>
bool IsReceiverText(const Head& head) {
  return RecogniseReceiverText(head.bytes, head.whole) == kFormat;
}

/// A format: everything that depends on which one it is. In the order in which recognition asks:
/// what is certain by its first bytes, then texts, then binary streams by their structure.
struct Format {
  CaptureFormat format;
  std::string_view name;
  bool (*recognise)(const Head&);
  std::unique_ptr<StreamDecoder> (*make)(const CaptureOptions&);  ///< null: no stream of messages
  bool (*behind_damage)(const Head&) = nullptr;  ///< asked last, when no format is recognised
};
constexpr auto kFormats = std::to_array<Format>({
    {CaptureFormat::kRecording, "recording",
     [](const Head& h) { return h.text.starts_with(std::string_view("SQLite format 3\0", 16)); },
     nullptr},
    {CaptureFormat::kPcap, "pcap", [](const Head& h) { return IsPcap(h.text); }, nullptr},
    {CaptureFormat::kReports, "reports", IsJsonOf<CaptureFormat::kReports, false>, MakeReports,
     IsJsonOf<CaptureFormat::kReports, true>},
    {CaptureFormat::kTruth, "truth", IsJsonOf<CaptureFormat::kTruth, false>, nullptr,
     IsJsonOf<CaptureFormat::kTruth, true>},
    {CaptureFormat::kTracks, "tracks", IsJsonOf<CaptureFormat::kTracks, false>, nullptr,
     IsJsonOf<CaptureFormat::kTracks, true>},
    {CaptureFormat::kSapient, "sapient",
     [](const Head& h) { return sapient::LooksLikeSapient(h.bytes); }, MakeSapient},
    {CaptureFormat::kRemoteId, "remote-id",
     [](const Head& h) { return remote_id::LooksLikeJson(h.text); }, MakeRemoteId},
    {CaptureFormat::kReadsb, "readsb", [](const Head& h) { return LooksLikeReadsb(h.text); },
     MakeReadsb},
    {CaptureFormat::kCot, "cot", [](const Head& h) { return cot::LooksLikeCot(h.bytes); }, MakeCot},
    {CaptureFormat::kAvr, "avr", IsReceiverText<CaptureFormat::kAvr>, MakeAdsb<AdsbFraming::kText>},
    {CaptureFormat::kAdsbCsv, "adsb-csv", IsReceiverText<CaptureFormat::kAdsbCsv>,
     MakeAdsb<AdsbFraming::kText>},
    {CaptureFormat::kSbs, "sbs", IsReceiverText<CaptureFormat::kSbs>, MakeAdsb<AdsbFraming::kText>},
    {CaptureFormat::kBeast, "beast", [](const Head& h) { return IsBeast(h.bytes); },
     MakeAdsb<AdsbFraming::kBeast>},
    {CaptureFormat::kAsterix, "asterix", [](const Head& h) { return IsAsterix(h.bytes, h.whole); },
     MakeAsterix},
});

}  // namespace

std::string_view CaptureFormatName(CaptureFormat format) {
  for (const Format& known : kFormats) {
    if (known.format == format) return known.name;
  }
  return "unknown";
}

std::optional<CaptureFormat> ParseCaptureFormat(std::string_view name) {
  for (const Format& known : kFormats) {
    if (known.name == name) return known.format;
  }
  return std::nullopt;
}

std::string CaptureFormatNames() {
  std::string names;
  for (const Format& known : kFormats) {
    names += fmt::format("{}{}", names.empty() ? "" : ", ", known.name);
  }
  return names;
}

CaptureFormat RecogniseCapture(std::span<const std::uint8_t> head, bool whole) {
  if (head.size() > kRecognitionBytes) {
    head = head.first(kRecognitionBytes);
    whole = false;
  }
  const Head front{head, {reinterpret_cast<const char*>(head.data()), head.size()}, whole};
  for (const Format& known : kFormats) {
    if (known.recognise(front)) return known.format;
  }
  for (const Format& known : kFormats) {
    if (known.behind_damage != nullptr && known.behind_damage(front)) return known.format;
  }
  return CaptureFormat::kUnknown;
}

CaptureOptions CaptureOptionsOf(const Site& site) {
  CaptureOptions options;
  options.reference = site.origin;
  options.cot_own = cot::UidPrefix(site.name);
  for (const SensorEntry& entry : site.sensors) {
    if (!entry.adsb.empty()) options.adsb_sensor = entry.sensor.id;
    if (!entry.sapient.empty()) {
      options.sapient.push_back({entry.sapient, entry.sensor.id, entry.sensor.measures,
                                 entry.sensor.kind == SensorKind::kPosition});
      if (!entry.placement.local) {
        options.sapient.back().lat_lon_deg = {entry.placement.lat_deg, entry.placement.lon_deg};
      }
    }
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

bool IsReceiverName(std::string_view id) {
  return id == CaptureOptions().adsb_sensor || id == CaptureOptions().sapient_receiver ||
         id == CaptureOptions().cot_sensor || id == CaptureOptions().remote_id_sensor ||
         id.starts_with("asterix-");
}

std::unique_ptr<StreamDecoder> MakeDecoder(CaptureFormat format, const CaptureOptions& options) {
  for (const Format& known : kFormats) {
    if (known.format == format && known.make != nullptr) return known.make(options);
  }
  return nullptr;
}

}  // namespace picket
