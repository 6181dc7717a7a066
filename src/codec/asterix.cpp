// SPDX-License-Identifier: Apache-2.0
#include "picket/codec/asterix.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <deque>
#include <map>
#include <unordered_set>
#include <utility>

#include "asterix_look.h"
#include "asterix_target.h"
#include "picket/codec/asterix_record.h"
#include "picket/geo/angle.h"
#include "picket/geo/frame.h"

namespace picket {
namespace {

using asterix::Record;
using asterix::Source;
using asterix::Table;

constexpr std::size_t kHeader = 3;  // category, length of two bytes
constexpr double kDayS = 86'400.0;
constexpr std::int64_t kDayNs = 86'400'000'000'000;

std::size_t BlockLength(std::span<const std::uint8_t> bytes) {
  return static_cast<std::size_t>(bytes[1] << 8U | bytes[2]);
}

/// SAC and SIC of the record at the front: item 010 is the first of every category.
std::optional<Source> Peek(std::span<const std::uint8_t> bytes) {
  if (bytes.empty() || (bytes[0] & 0x80U) == 0) return std::nullopt;
  std::size_t at = 0;
  while (at < bytes.size() && (bytes[at] & 1U) != 0) ++at;
  if (at + 2 >= bytes.size()) return std::nullopt;
  return Source{bytes[at + 1], bytes[at + 2]};
}

}  // namespace

class AsterixDecoder::Impl {
 public:
  explicit Impl(AsterixOptions options) : o_(std::move(options)) {
    for (const auto& [category, edition] : o_.editions) Choose(editions_, category, edition);
    for (const AsterixSensor& s : o_.sensors) {
      Known& known = known_[{s.sac, s.sic}];
      known.sensor = &s;
      for (const auto& [category, edition] : s.editions) Choose(known.editions, category, edition);
    }
    if (o_.reference) frame_.emplace(*o_.reference);
  }

  void Feed(std::span<const std::uint8_t> bytes, std::optional<Time> received,
            const DecodeSink& sink) {
    received_ = received;
    if (o_.framing == AsterixFraming::kDatagram) {
      Datagram(bytes, sink);
      return;
    }
    buffer_.insert(buffer_.end(), bytes.begin(), bytes.end());
    Stream(false, sink);
  }

  void Finish(const DecodeSink& sink) {
    Stream(true, sink);
    // In order of source, so that the same input gives the same output.
    for (auto& [source, look] : looks_) {
      look.Finish([&](Report&& r) { Give(std::move(r), sink); });
    }
    for (const auto& [cause, count] : causes_) {
      if (count > 1) Tell(fmt::format("{}: {} in all", cause, count), -1, sink);
    }
    causes_.clear();
  }

  AsterixCounts counts;

 private:
  using Editions = std::map<int, const Table*>;
  struct Known {
    const AsterixSensor* sensor = nullptr;
    Editions editions;
  };

  // An edition that is not known leaves a null: its data blocks are passed over, never guessed at.
  static void Choose(Editions& editions, int category, const std::string& edition) {
    editions[category] = asterix::FindTable(category, edition).value_or(nullptr);
  }

  // ---- framing ----

  void Datagram(std::span<const std::uint8_t> bytes, const DecodeSink& sink) {
    std::size_t at = 0;
    while (at < bytes.size()) {
      const auto rest = bytes.subspan(at);
      const auto place = static_cast<std::int64_t>(at);
      if (rest.size() < kHeader) {
        ++counts.damaged;
        Tell(fmt::format("{} bytes after the last data block, expected none", rest.size()), place,
             sink);
        return;
      }
      const std::size_t length = BlockLength(rest);
      if (length < kHeader || length > rest.size()) {
        ++counts.damaged;
        Tell(fmt::format("a data block says it is {} bytes long, expected {} to {}", length,
                         kHeader, rest.size()),
             place, sink);
        return;
      }
      Block(rest.first(length), place, sink);
      at += length;
    }
  }

  void Stream(bool last, const DecodeSink& sink) {
    std::size_t at = 0;
    while (at < buffer_.size()) {
      const auto rest = std::span<const std::uint8_t>(buffer_).subspan(at);
      const std::int64_t place = base_ + static_cast<std::int64_t>(at);
      if (lost_ >= 0) {
        // After damage: on to the next data block that decodes.
        const std::size_t length = rest.size() < kHeader ? 0 : BlockLength(rest);
        if (!last && (rest.size() < kHeader || (Header(rest) && length > rest.size()))) break;
        if (!Plausible(rest)) {
          ++at;
          continue;
        }
        Tell(fmt::format("{} bytes passed over to the next data block", place - lost_), lost_,
             sink);
        lost_ = -1;
        trials_ = 0;
      }
      const std::size_t length = rest.size() < kHeader ? 0 : BlockLength(rest);
      if ((rest.size() < kHeader || length > rest.size()) && !last) break;
      if (rest.size() < kHeader || length < kHeader || length > rest.size()) {
        ++counts.damaged;
        Tell(rest.size() < kHeader
                 ? std::string("the data end within the header of a data block")
                 : fmt::format("a data block says it is {} bytes long, {} are left", length,
                               rest.size()),
             place, sink);
        lost_ = place;
        ++at;
        continue;
      }
      const bool good = Block(rest.first(length), place, sink);
      // A block that could not be read may have a wrong length as well.
      if (!good && !Header(rest.subspan(length))) {
        lost_ = place;
        ++at;
        continue;
      }
      at += length;
    }
    if (last && lost_ >= 0) {
      const std::int64_t end = base_ + static_cast<std::int64_t>(buffer_.size());
      Tell(fmt::format("{} bytes passed over to the end", end - lost_), lost_, sink);
      lost_ = -1;
    }
    base_ += static_cast<std::int64_t>(at);
    buffer_.erase(buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(at));
  }

  /// Whether a header of a known category stands here, or nothing.
  [[nodiscard]] static bool Header(std::span<const std::uint8_t> bytes) {
    return bytes.size() < kHeader ||
           (BlockLength(bytes) > kHeader && asterix::FindTable(bytes[0]).has_value());
  }

  /// Whether a whole data block stands here of which every record can be read.
  bool Plausible(std::span<const std::uint8_t> bytes) {
    if (bytes.size() < kHeader || !Header(bytes)) return false;
    const std::size_t length = BlockLength(bytes);
    if (length > bytes.size() || trials_ > kMaxTrialBytes) return false;
    trials_ += length;
    for (std::size_t at = kHeader; at < length; at += scratch_.bytes.size()) {
      const auto rest = bytes.subspan(at, length - at);
      const Table* table = TableFor(bytes[0], rest);
      if (table == nullptr || !asterix::DecodeRecord(*table, rest, scratch_)) return false;
    }
    return true;
  }

  // ---- data blocks ----

  [[nodiscard]] const Table* TableFor(int category, std::span<const std::uint8_t> record) const {
    if (const auto source = Peek(record)) {
      if (const auto known = known_.find(*source); known != known_.end()) {
        const auto own = known->second.editions.find(category);
        if (own != known->second.editions.end()) return own->second;
      }
    }
    if (const auto chosen = editions_.find(category); chosen != editions_.end()) {
      return chosen->second;
    }
    const auto preset = asterix::FindTable(category);
    return preset ? *preset : nullptr;
  }

  /// @returns whether all of it could be read, or its category is not known
  bool Block(std::span<const std::uint8_t> block, std::int64_t place, const DecodeSink& sink) {
    ++counts.blocks;
    const int category = block[0];
    if (!asterix::FindTable(category)) {
      ++counts.unknown_category;
      TellOnce(fmt::format("ASTERIX category {} is not known, its data blocks are passed over",
                           category),
               place, sink);
      return true;
    }
    for (std::size_t at = kHeader; at < block.size(); at += record_.bytes.size()) {
      const auto rest = block.subspan(at);
      const Table* table = TableFor(category, rest);
      const std::int64_t here = place + static_cast<std::int64_t>(at);
      if (table == nullptr) {
        ++counts.unknown_category;
        TellOnce(fmt::format("ASTERIX category {}: the edition that was chosen is not known, its "
                             "data blocks are passed over",
                             category),
                 place, sink);
        return true;
      }
      if (auto done = asterix::DecodeRecord(*table, rest, record_); !done) {
        ++counts.damaged;
        Error error = std::move(done.error());
        error.byte += here;
        error.what +=
            fmt::format(" (edition {}); the rest of the data block is passed over", table->edition);
        sink.on_error(error);
        return false;
      }
      ++counts.records;
      for (const std::string& odd : record_.odd) {
        TellOnce(fmt::format("warning: category {}: {}: kept as bytes", category, odd), here, sink);
      }
      Message(here, sink);
    }
    return true;
  }

  void Message(std::int64_t place, const DecodeSink& sink) {
    DecodedMessage message;
    message.byte = place;
    message.raw = record_.bytes;
    if (o_.decode.want_json) message.json = asterix::RecordJson(record_);
    if (!o_.decode.want_reports) {
      sink.on_message(message);
      return;
    }
    switch (record_.table->category) {
      case 10:
      case 15:
      case 20:
      case 21:
      case 62:
      case 129:
        message.report = Position(place, sink);
        break;
      default:
        break;
    }
    sink.on_message(message);
    // What a marker ends comes after the marker, as a message of its own.
    if (record_.table->category == 34) Marker(sink);
    if (record_.table->category == 48) Plot(place, sink);
  }

  // ---- reports ----

  struct Clock {
    std::optional<Time> last;
  };

  /// Radars send everything twice, over two networks: the same bytes, down to the time of day.
  bool Repeated() {
    if (!asterix::TimeOfDay(record_)) return false;
    std::string bytes(record_.bytes.begin(), record_.bytes.end());
    if (!recent_.insert(bytes).second) {
      ++counts.repeated;
      return true;
    }
    order_.push_back(std::move(bytes));
    if (order_.size() > kRecent) {
      recent_.erase(order_.front());
      order_.pop_front();
    }
    return false;
  }

  /// Time of day to UTC: the day that brings it nearest to the time of reception; without one, the
  /// day of `start`, counted on past each midnight.
  std::optional<Time> Resolve(const Source& source, std::optional<double> second) {
    if (!second || *second >= kDayS) return std::nullopt;
    std::optional<Time>& last = clocks_[source].last;
    const std::optional<Time> near = received_ ? received_ : last ? last : o_.start;
    if (!near) return std::nullopt;
    const std::int64_t day = near->ns() / kDayNs;
    const auto at = [&](std::int64_t d) {
      return Time::Ns(d * kDayNs + static_cast<std::int64_t>(std::llround(*second * 1e9)));
    };
    Time time = at(day);
    const bool date_only = !received_ && !last;  // `start` says which day, no more
    if (!date_only && time - *near > Duration::Seconds(kDayS / 2) && day > 0) time = at(day - 1);
    if (!date_only && *near - time > Duration::Seconds(kDayS / 2)) time = at(day + 1);
    last = time;
    return time;
  }

  /// Where the record is to be told of as untimed: an error, once for each source.
  std::optional<Time> TimeOf(const Source& source, std::int64_t place, const DecodeSink& sink) {
    const auto second = asterix::TimeOfDay(record_);
    auto time = Resolve(source, second);
    // A record without a time of its own is as old as its packet.
    if (!time && !second) time = received_ ? received_ : clocks_[source].last;
    if (!time) {
      ++counts.untimed;
      TellOnce(second && *second >= kDayS
                   ? fmt::format("SAC {} SIC {}: time of day {} s is beyond a day", source.sac,
                                 source.sic, *second)
                   : fmt::format("SAC {} SIC {}: a time of day without its date, no reports: state "
                                 "the day",
                                 source.sac, source.sic),
               place, sink);
    }
    return time;
  }

  std::optional<Report> Position(std::int64_t place, const DecodeSink& sink) {
    if (!asterix::IsTarget(record_)) {
      ++counts.not_targets;
      return std::nullopt;
    }
    const auto source = asterix::SourceOf(record_);
    if (!source) return std::nullopt;
    const auto known = known_.find(*source);
    const std::string sensor = known != known_.end()
                                   ? known->second.sensor->id
                                   : fmt::format("asterix-{}-{}", source->sac, source->sic);
    auto detection = asterix::PositionOf(record_, sensor, frame_ ? &*frame_ : nullptr);
    if (!detection || Repeated()) return std::nullopt;
    if (!detection->fix && known == known_.end()) {
      // Metres from a point, or a bearing, mean nothing without the site's word on where that is.
      ++counts.unknown_source;
      TellOnce(NotNamed("source", *source), place, sink);
      return std::nullopt;
    }
    const auto time = TimeOf(*source, place, sink);
    if (!time) return std::nullopt;
    Report report;
    report.time = *time;
    report.received = received_;
    report.sensor = sensor;
    report.detections.push_back(std::move(*detection));
    ++counts.detections;
    ++counts.reports;
    return report;
  }

  static std::string NotNamed(std::string_view what, const Source& s) {
    return fmt::format(
        "{} SAC {} SIC {} is not in the site file: add asterix = {{ sac = {}, sic = {} }} to its "
        "[[sensor]]",
        what, s.sac, s.sic, s.sac, s.sic);
  }

  asterix::LookMaker* LookOf(const Source& source) {
    const auto known = known_.find(source);
    if (known == known_.end()) return nullptr;
    const auto at = looks_.find(source);
    if (at != looks_.end()) return &at->second;
    const AsterixSensor& sensor = *known->second.sensor;
    return &looks_.emplace(source, asterix::LookMaker(sensor.id, sensor.period)).first->second;
  }

  void Plot(std::int64_t place, const DecodeSink& sink) {
    const auto source = asterix::SourceOf(record_);
    if (!source) return;
    asterix::LookMaker* look = LookOf(*source);
    if (look == nullptr) {
      ++counts.unknown_source;
      TellOnce(NotNamed("radar", *source), place, sink);
      return;
    }
    if (!asterix::IsTarget(record_)) {
      ++counts.not_targets;
      return;
    }
    auto plot = asterix::PlotOf(record_, *known_.at(*source).sensor);
    if (!plot || Repeated()) return;
    const auto time = TimeOf(*source, place, sink);
    if (!time) return;
    const double azimuth = (*plot)[Component::kAzimuth];
    if (!look->Plot(std::move(*plot), azimuth, *time, Emit(sink))) {
      TellOnce(fmt::format("{}: more than {} plots in one look, the rest is left out",
                           known_.at(*source).sensor->id, asterix::kMaxPlotsPerLook),
               place, sink);
    }
  }

  void Marker(const DecodeSink& sink) {
    const auto source = asterix::SourceOf(record_);
    asterix::LookMaker* look = source ? LookOf(*source) : nullptr;
    const asterix::Value* type = record_.Find("000", "type");
    if (look == nullptr || type == nullptr) return;
    if (const auto turn = record_.Number("041", "rotation_s")) {
      look->Rotation(Duration::Seconds(*turn));
    }
    const auto second = asterix::TimeOfDay(record_);
    const auto time = second ? Resolve(*source, second) : received_;
    if (!time) return;
    if (type->raw == 1) look->North(*time, Emit(sink));
    const auto sector = record_.Number("020", "sector_deg");
    if (type->raw == 2 && sector) look->Sector(*sector * kRadPerDeg, *time, Emit(sink));
  }

  asterix::LookMaker::Emit Emit(const DecodeSink& sink) {
    return [this, &sink](Report&& r) { Give(std::move(r), sink); };
  }

  void Give(Report&& report, const DecodeSink& sink) {
    report.received = received_;
    counts.detections += static_cast<std::int64_t>(report.detections.size());
    ++counts.reports;
    DecodedMessage message;
    message.byte = base_;
    message.report = std::move(report);
    sink.on_message(message);
  }

  // ---- errors ----

  static void Tell(std::string what, std::int64_t place, const DecodeSink& sink) {
    Error error;
    error.byte = place;
    error.what = std::move(what);
    sink.on_error(error);
  }
  void TellOnce(const std::string& cause, std::int64_t place, const DecodeSink& sink) {
    if (causes_.size() >= kMaxCauses && !causes_.contains(cause)) return;
    if (++causes_[cause] == 1) Tell(cause, place, sink);
  }
  // Sources are told apart by two bytes; hostile data can name them all.
  static constexpr std::size_t kMaxCauses = 100'000;

  AsterixOptions o_;
  Editions editions_;
  std::map<Source, Known> known_;
  std::optional<LocalFrame> frame_;
  std::map<Source, asterix::LookMaker> looks_;
  std::map<Source, Clock> clocks_;
  std::map<std::string, std::int64_t> causes_;
  static constexpr std::size_t kRecent = 4096;  // records; the other network is seconds behind
  std::unordered_set<std::string> recent_;
  std::deque<std::string> order_;
  std::optional<Time> received_;
  std::vector<std::uint8_t> buffer_;
  std::int64_t base_ = 0;  ///< of buffer_ in the stream
  // Data made for it would have every byte tried as the start of a long block.
  static constexpr std::size_t kMaxTrialBytes = 64U << 20U;
  std::size_t trials_ = 0;  ///< bytes of blocks tried since the damage
  std::int64_t lost_ = -1;  ///< where damage began, while the next data block is looked for
  Record record_, scratch_;
};

AsterixDecoder::AsterixDecoder(AsterixOptions options)
    : impl_(std::make_unique<Impl>(std::move(options))) {}
AsterixDecoder::~AsterixDecoder() = default;
void AsterixDecoder::Feed(std::span<const std::uint8_t> bytes, std::optional<Time> received,
                          const DecodeSink& sink) {
  impl_->Feed(bytes, received, sink);
}
void AsterixDecoder::Finish(const DecodeSink& sink) { impl_->Finish(sink); }
const AsterixCounts& AsterixDecoder::counts() const { return impl_->counts; }

}  // namespace picket
