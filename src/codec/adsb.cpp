// SPDX-License-Identifier: Apache-2.0
#include "picket/codec/adsb.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <utility>
#include <vector>

#include "adsb_claims.h"
#include "mode_s_body.h"
#include "mode_s_json.h"
#include "picket/codec/beast.h"
#include "picket/codec/cpr.h"
#include "picket/codec/mode_s.h"
#include "picket/geo/angle.h"

namespace picket {
namespace {

constexpr std::size_t kLongBytes = 14;
constexpr Duration kAddressMemory = Duration::Seconds(600.0);
constexpr Duration kPairAirborne = Duration::Seconds(10.0);  // DO-260B 2.2.10.3.1
constexpr Duration kPairSurface = Duration::Seconds(25.0);   // the same, moving over 25 kt
constexpr Duration kLocalReference = Duration::Seconds(120.0);
constexpr Duration kVelocityFresh = Duration::Seconds(2.0);
constexpr Duration kDifferenceFresh = Duration::Seconds(10.0);
constexpr Duration kAccuracyFresh = Duration::Seconds(120.0);
constexpr Duration kRepeat = Duration::Seconds(0.2);  // sent at least 0.4 s apart
// 2260-01-01, with room before the end of Time.
constexpr Time kLastTime = Time::Ns(9'151'488'000'000'000'000);
constexpr Duration kNominalRate = Duration::Seconds(0.5);
constexpr Duration kNominalLag = Duration::Seconds(2.0);
constexpr Duration kLongestNominal = Duration::Seconds(60.0);
constexpr double kLeastNominalMps = 10.0;  // slower, the rounding of positions counts for too much

// A position moves on no faster than this between two messages, with room for the clock.
constexpr double kMaxSpeedMps = 600.0;
constexpr double kMaxSurfaceSpeedMps = 100.0;
constexpr double kClockSlackS = 1.5;
constexpr double kPositionSlackM = 300.0;
// Radio horizon of an aircraft at 60,000 ft, with refraction and a raised antenna.
constexpr double kMaxReachM = 650e3;
// How near a single-message decode may come out: what is truly one zone further is beyond reach.
constexpr double kReferenceAirborneM = 180e3;
constexpr double kReferenceSurfaceM = 75e3;
// A new place after a refused jump is believed when this many positions in a row agree on it.
constexpr int kCandidates = 3;

// 95 % bound by type code, m: HFOM of DO-260 (version 0), table of navigation uncertainty (NUCp).
double TypeCode95M(int typecode) {
  switch (typecode) {
    case 5:
    case 9:
    case 20:
      return 3.0;
    case 6:
    case 10:
    case 21:
      return 10.0;
    case 7:
    case 11:
      return 92.6;
    case 8:
    case 12:
      return 185.2;
    case 13:
      return 463.0;
    case 14:
      return 926.0;
    case 15:
      return 1852.0;
    case 16:
      return 9260.0;
    default:
      return kUnknown95M;
  }
}

// SBS-1 names no accuracy: as for NACp 7, the least that rules of the air ask of ADS-B in service.
constexpr double kSbs95M = 185.2;

struct Position {
  LatLon at;
  Time time;
  bool surface = false;
};

struct CprFrame {
  CprPosition cpr;
  Time time;
};

struct Velocity {
  Time time;
  std::optional<double> east_mps, north_mps, up_mps;
  double sd_mps = 0.0;
};

// What is remembered of one aircraft.
struct Aircraft {
  std::optional<Time> seen;                    // last DF 11, 17 or 18
  std::optional<Time> nominal;                 // its own clock where there is no other
  std::array<std::optional<CprFrame>, 2> cpr;  // the newest even and odd
  double cos_of_deg = 1e3, cos_lat = 0.0;      // of a latitude near the last one
  CprBand band;                                // of its last position
  std::optional<Position> last;
  std::optional<Position> candidate;
  int candidates = 0;
  std::optional<Velocity> velocity;
  std::optional<std::pair<double, Time>> gnss_minus_baro_m;
  std::optional<std::pair<int, Time>> nac_p;
  int gva = 0;
  ShortText callsign;
  int emitter_set = 0;  // the type code of its identification message
  int category = 0;
};

// Aircraft by address, bounded: two generations, of which the older is dropped when the newer is
// full, so what was used lately stays, at constant cost even if every message has a new address.
class AircraftTable {
 public:
  Aircraft& At(std::uint32_t key) {
    if (Aircraft* const known = now_.Find(key)) return *known;
    Aircraft moved;
    if (Aircraft* const known = before_.Find(key)) moved = std::move(*known);
    if (now_.Full()) std::swap(before_, now_), now_.Clear();
    return now_.Add(key, std::move(moved));
  }
  [[nodiscard]] const Aircraft* Find(std::uint32_t key) const {
    if (const Aircraft* const known = now_.Find(key)) return known;
    return before_.Find(key);
  }

 private:
  // A table of half as many aircraft as slots, in which a key is looked for from where it hashes to
  // on: a few times faster than one of nodes.
  class Generation {
   public:
    [[nodiscard]] Aircraft* Find(std::uint32_t key) {
      const std::uint32_t slot = slots_[SlotOf(key)];
      return slot == 0 ? nullptr : &aircraft_[slot - 1].second;
    }
    [[nodiscard]] const Aircraft* Find(std::uint32_t key) const {
      const std::uint32_t slot = slots_[SlotOf(key)];
      return slot == 0 ? nullptr : &aircraft_[slot - 1].second;
    }
    [[nodiscard]] bool Full() const { return aircraft_.size() == kMost; }
    Aircraft& Add(std::uint32_t key, Aircraft aircraft) {
      slots_[SlotOf(key)] = static_cast<std::uint32_t>(aircraft_.size()) + 1;
      return aircraft_.emplace_back(key, std::move(aircraft)).second;
    }
    void Clear() {
      aircraft_.clear();
      slots_.assign(kSlots, 0);
    }

   private:
    static constexpr std::size_t kMost = 8192;
    static constexpr std::size_t kSlots = 2 * kMost;
    // The slot that holds the key, or the empty one where it belongs.
    [[nodiscard]] std::size_t SlotOf(std::uint32_t key) const {
      constexpr std::uint32_t kGolden = 0x9E3779B1U;  // Knuth, TAOCP 3, 6.4: spreads neighbours
      std::size_t at = key * kGolden >> 18U;
      while (slots_[at] != 0 && aircraft_[slots_[at] - 1].first != key) at = (at + 1) % kSlots;
      return at;
    }

    std::vector<std::uint32_t> slots_ = std::vector<std::uint32_t>(kSlots);  // 1 + index; 0: none
    std::vector<std::pair<std::uint32_t, Aircraft>> aircraft_;
  };
  Generation now_;
  Generation before_;
};

Duration Apart(Time a, Time b) { return a < b ? b - a : a - b; }

bool Reachable(const Position& from, const Position& to, double missed_s) {
  const double speed = from.surface && to.surface ? kMaxSurfaceSpeedMps : kMaxSpeedMps;
  const double seconds = Apart(from.time, to.time).s() + kClockSlackS + missed_s;
  return WithinDistance(from.at, to.at, speed * seconds + kPositionSlackM);
}

// Who sends a message, and what its contents are read with.
struct Sender {
  std::uint32_t address = 0;
  int typecode = -1;
  std::string_view kind = "icao";  // whose address it is: see AddressKind
  bool icao = true;
  bool tis_b = false;
  int interrogator = 0;

  [[nodiscard]] std::uint32_t Key() const { return address | (icao ? 0U : 1U << 24U); }
};

// Whose address it is: the aircraft's own, or a number that means something to this sender only.
std::string_view AddressKind(const ModeSMessage& m) {
  if (m.icao_address) return "icao";
  const std::string_view source = SquitterSource(m);
  return source == "tis-b" ? "tisb_address" : source == "ads-r" ? "adsr_address" : "adsb_address";
}

Sender SenderOf(const ModeSMessage& m) {
  return {.address = m.address,
          .typecode = m.typecode,
          .kind = AddressKind(m),
          .icao = m.icao_address,
          .tis_b = m.df == 18 && m.capability == 2,
          .interrogator = m.interrogator};
}

double Squared(double v) { return v * v; }

// std::hypot minds overflow, which nothing here comes near.
double Root(double a, double b) { return std::sqrt(Squared(a) + Squared(b)); }

// What a position message adds to the position itself.
struct PositionExtras {
  std::optional<double> altitude_m;
  bool gnss_height = false;
  double sd_m = 0.0;
  Duration resolution;
  std::optional<Velocity> velocity;  // surface messages and SBS-1 bring their own
};

}  // namespace

class AdsbDecoder::Impl {
 public:
  Impl(AdsbFraming framing, AdsbOptions options) : framing_(framing), o_(std::move(options)) {
    if (o_.reference) reference_ = LatLon{o_.reference->lat_deg, o_.reference->lon_deg};
  }

  void Feed(std::span<const std::uint8_t> bytes, std::optional<Time> received,
            const DecodeSink& sink) {
    sink_ = &sink;
    received_ = received;
    const auto on_frame = [this](const ReceiverFrame& f) { OnFrame(f); };
    if (framing_ == AdsbFraming::kBeast) {
      beast_.Feed(bytes, on_frame, sink.on_error);
    } else {
      text_.Feed(bytes, on_frame, sink.on_error);
    }
  }

  void Finish(const DecodeSink& sink) {
    sink_ = &sink;
    if (framing_ == AdsbFraming::kBeast) {
      beast_.Finish(sink.on_error);
    } else {
      text_.Finish([this](const ReceiverFrame& f) { OnFrame(f); }, sink.on_error);
    }
  }

  AdsbCounts counts;

 private:
  void OnFrame(const ReceiverFrame& f) {
    ++counts.frames;
    switch (f.kind) {
      case ReceiverFrame::Kind::kModeS:
        OnModeS(f);
        break;
      case ReceiverFrame::Kind::kSbs:
        OnSbs(f);
        break;
      case ReceiverFrame::Kind::kModeAc:
      case ReceiverFrame::Kind::kStatus: {
        JsonObject json = Head(f, TimeOf(f, nullptr, nullptr));
        if (json.on()) {
          const bool mode_ac = f.kind == ReceiverFrame::Kind::kModeAc;
          json.SetHex(mode_ac ? "mode_ac" : "receiver_status", f.payload);
        }
        Emit(f, json, false);
        break;
      }
    }
  }

  void OnModeS(const ReceiverFrame& f) {
    // Where nobody asks for the fields, positions and velocities, nearly all there is, go straight
    // to what is remembered of their aircraft.
    if (!o_.decode.want_json && f.payload.size() == kLongBytes && f.payload[0] >> 3U == 17 &&
        ModeSResidual(f.payload) == 0) {
      const Body me(f.payload.data());
      const Sender sender{.address = static_cast<std::uint32_t>(f.payload[1]) << 16U |
                                     static_cast<std::uint32_t>(f.payload[2]) << 8U | f.payload[3],
                          .typecode = static_cast<int>(Bits(me, 1, 5))};
      if (IsPosition(sender.typecode)) {
        EsPosition p;
        ParsePosition(me, sender.typecode, p);
        return OnSquitter(f, sender, p, nullptr, 0);
      }
      if (sender.typecode == 19 && IsVelocity(me)) {
        EsVelocity v;
        ParseVelocity(me, v);
        return OnSquitter(f, sender, v, nullptr, 0);
      }
    }
    ModeSMessage& m = mode_s_;
    int repaired = 0;
    if (const Result<void> parsed = ParseModeS(f.payload, m); !parsed) {
      const auto mended = o_.repair ? Repaired(f, repaired) : std::nullopt;
      if (!mended) {
        ++counts.damaged;
        Tell(f, parsed.error().what);
        return;
      }
      m = *mended;
    }
    if (m.df == 11 || m.df == 17 || m.df == 18) {
      const Sender sender = SenderOf(m);
      return std::visit([&](const auto& es) { OnSquitter(f, sender, es, &m, repaired); }, m.es);
    }
    // A DF 19 has no address that is known to be one; its time is the stream's.
    const Time time = TimeOf(f, nullptr, nullptr);
    if (m.address_from_parity && !o_.accept_unseen_addresses && !HeardOf(m.address, time)) {
      ++counts.unseen_address;
      return;
    }
    JsonObject json = Head(f, time);
    if (json.on()) AddFields(m, json);
    Emit(f, json, false);
  }

  // A message that names its sender.
  // @param m  all of it; may be null where no JSON is wanted
  template <typename Content>
  void OnSquitter(const ReceiverFrame& f, const Sender& sender, const Content& content,
                  const ModeSMessage* m, int repaired) {
    constexpr bool kPosition = std::is_same_v<Content, EsPosition>;
    Aircraft& aircraft = aircraft_.At(sender.Key());
    const CprPosition* cpr = nullptr;
    if constexpr (kPosition) cpr = &content.cpr;
    const Time time = TimeOf(f, &aircraft, cpr);
    // An all-call reply may be damaged in the interrogator's bits: no witness of an address. Nor
    // is what was repaired, or one error would vouch for the next.
    if (sender.interrogator == 0 && repaired == 0) aircraft.seen = time;
    JsonObject json = Head(f, time);
    if (json.on() && m != nullptr) {
      AddFields(*m, json);
      if (repaired > 0) json.Set("repaired_bits", repaired);
    }
    if (repaired > 0) ++counts.repaired;
    bool report = false;
    if (sender.typecode >= 0) {
      if constexpr (kPosition) {
        report = OnPosition(f, sender, content, time, aircraft, json);
      } else {
        Learn(sender, content, time, aircraft, json);
      }
    }
    Emit(f, json, report);
  }

  // Whether the address was heard, whole, within the last minutes.
  [[nodiscard]] bool HeardOf(std::uint32_t key, Time time) const {
    const Aircraft* const known = aircraft_.Find(key);
    return known != nullptr && known->seen && Apart(*known->seen, time) <= kAddressMemory;
  }

  // The message as it was before it was damaged, if that can be told.
  std::optional<ModeSMessage> Repaired(const ReceiverFrame& f, int& bits) {
    const auto repair = RepairModeS(f.payload);
    if (!repair) return std::nullopt;
    const auto parsed = ParseModeS(repair->message);
    if (!parsed || !HeardOf(SenderOf(*parsed).Key(), TimeOf(f, nullptr, nullptr)))
      return std::nullopt;
    bits = repair->bits;
    return *parsed;
  }

  // What later position messages are to know.
  void Learn(const Sender& sender, const EsIdentification& id, Time, Aircraft& a,
             JsonObject& json) {
    a.callsign = id.callsign;
    a.emitter_set = sender.typecode;
    a.category = id.category;
    if (json.on()) {
      json.Set("emitter_category",
               fmt::format("{}{}", static_cast<char>('A' + (4 - sender.typecode)), id.category));
    }
  }
  void Learn(const Sender& sender, const EsVelocity& v, Time time, Aircraft& a, JsonObject&) {
    Velocity& velocity = a.velocity.emplace();
    velocity.time = time;
    if (v.east_kt && v.north_kt) {
      velocity.east_mps = *v.east_kt * kMpsPerKnot;
      velocity.north_mps = *v.north_kt * kMpsPerKnot;
    }
    if (v.vertical_rate_fpm) velocity.up_mps = *v.vertical_rate_fpm * kMpsPerFpm;
    // TIS-B has other things in these bits.
    const std::size_t nac_v = !sender.tis_b && v.nac_v < 5 ? static_cast<std::size_t>(v.nac_v) : 0;
    velocity.sd_mps = kNacV95Mps[nac_v] * kSigmaOf95Circle;
    if (v.gnss_minus_baro_ft) {
      a.gnss_minus_baro_m.emplace(*v.gnss_minus_baro_ft * kMPerFoot, time);
    }
  }
  void Learn(const Sender&, const EsOperationalStatus& o, Time time, Aircraft& a, JsonObject&) {
    if (o.version < 1) return;
    a.nac_p = {o.nac_p, time};
    a.gva = o.version >= 2 ? o.gva : 0;
  }
  void Learn(const Sender&, const EsTargetState& t, Time time, Aircraft& a, JsonObject&) {
    a.nac_p = {t.nac_p, time};
  }
  void Learn(const Sender&, const EsAircraftStatus&, Time, Aircraft&, JsonObject&) {}
  void Learn(const Sender&, const EsOther&, Time, Aircraft&, JsonObject&) {}

  // @returns whether report_ is one of it
  bool OnPosition(const ReceiverFrame& f, const Sender& sender, const EsPosition& p, Time time,
                  Aircraft& a, JsonObject& json) {
    if (!p.has_position) return false;
    std::optional<CprFrame>& slot = a.cpr[p.cpr.odd ? 1 : 0];
    const bool repeat = !nominal_ && slot && slot->cpr.lat == p.cpr.lat &&
                        slot->cpr.lon == p.cpr.lon && slot->cpr.surface == p.surface &&
                        Apart(slot->time, time) < kRepeat;
    if (!slot) slot.emplace();
    slot->cpr = p.cpr;
    slot->time = time;
    std::string_view method;
    const std::optional<LatLon> at = Locate(f, sender, p.cpr, time, a, method);
    if (!at) return false;
    ++counts.positions;
    if (o_.decode.want_json) {
      json.Set("lat_deg", at->lat_deg);
      json.Set("lon_deg", at->lon_deg);
      json.Set("position_from", method);
    }
    if (repeat) {
      ++counts.repeats;
      return false;
    }
    if (!o_.decode.want_reports) return false;

    PositionExtras extras;
    if (p.altitude_ft) extras.altitude_m = *p.altitude_ft * kMPerFoot;
    extras.gnss_height = p.gnss_height;
    double bound_m = TypeCode95M(sender.typecode);
    if (a.nac_p && Apart(a.nac_p->second, time) <= kAccuracyFresh && a.nac_p->first >= 1 &&
        a.nac_p->first < static_cast<int>(kNacP95M.size())) {
      bound_m = kNacP95M[static_cast<std::size_t>(a.nac_p->first)];
    }
    extras.sd_m = bound_m * kSigmaOf95Circle;
    extras.resolution = f.time ? f.resolution : Duration();
    if (p.surface && p.groundspeed_kt && p.track_deg) {
      const double speed = *p.groundspeed_kt * kMpsPerKnot;
      const double track = *p.track_deg * kRadPerDeg;
      extras.velocity = Velocity{.time = time,
                                 .east_mps = speed * std::sin(track),
                                 .north_mps = speed * std::cos(track),
                                 .up_mps = std::nullopt,
                                 .sd_mps = std::hypot(0.5, 0.05 * speed)};
    } else if (!p.surface) {
      extras.velocity = a.velocity;
    }
    MakeReport(sender.kind, IcaoText(sender.address), *at, time, a, extras);
    return true;
  }

  // Finds the position of the message just put into `a.cpr`, if it is possible.
  std::optional<LatLon> Locate(const ReceiverFrame& f, const Sender& sender, const CprPosition& cpr,
                               Time time, Aircraft& a, std::string_view& method) {
    const auto possible = [&](const std::optional<LatLon>& at) {
      return at && InReach(*at) &&
             (!a.last || Reachable(*a.last, {*at, time, cpr.surface}, MissedS()));
    };
    const auto accept = [&](const LatLon& at, std::string_view how) {
      method = how;
      if (!a.last) a.last.emplace();
      a.last->at = at;
      a.last->time = time;
      a.last->surface = cpr.surface;
      return at;
    };
    const auto accept_pair = [&](const LatLon& at) {
      a.candidate.reset();
      return accept(at, "global");
    };
    const auto& other = a.cpr[cpr.odd ? 0 : 1];
    std::optional<LatLon> global;
    if (other && other->cpr.surface == cpr.surface &&
        Apart(other->time, time) <= (cpr.surface ? kPairSurface : kPairAirborne)) {
      const std::optional<LatLon> near = a.last ? a.last->at : reference_;
      global = CprDecodeGlobal(a.cpr[0]->cpr, a.cpr[1]->cpr, cpr.odd, near, a.band);
    }
    if (possible(global)) return accept_pair(*global);
    std::optional<LatLon> local;
    if (a.last && Apart(a.last->time, time) <= kLocalReference) {
      local = CprDecodeLocal(cpr, a.last->at, a.band);
      if (possible(local)) {
        // A pair that says otherwise counts towards a new place all the same.
        if (!global || !Moved(*global, time, cpr.surface, a)) return accept(*local, "local");
        return accept_pair(*global);
      }
    } else if (!a.last && reference_) {
      const std::optional<LatLon> near = CprDecodeLocal(cpr, *reference_);
      if (near && WithinDistance(*near, *reference_,
                                 cpr.surface ? kReferenceSurfaceM : kReferenceAirborneM)) {
        return accept(*near, "reference");
      }
    }
    if (global && Moved(*global, time, cpr.surface, a)) return accept_pair(*global);
    const std::optional<LatLon> refused = global ? global : local;
    if (!refused) {
      ++counts.positions_pending;
      return std::nullopt;
    }
    ++counts.positions_refused;
    if (!InReach(*refused)) {
      Tell(f,
           fmt::format("{}: position {:.0f} km from the receiver: out of reach, refused",
                       IcaoText(sender.address), SphericalDistanceM(*refused, *reference_) / 1e3));
    } else {
      Tell(f, fmt::format("{}: position {:.0f} km from the last one, {:.1f} s before: impossible, "
                          "refused",
                          IcaoText(sender.address), SphericalDistanceM(*refused, a.last->at) / 1e3,
                          Apart(a.last->time, time).s()));
    }
    return std::nullopt;
  }

  // Whether enough positions in a row agree on a place that cannot be reached from the last one.
  bool Moved(const LatLon& at, Time time, bool surface, Aircraft& a) const {
    if (!InReach(at)) return false;
    const Position position{at, time, surface};
    const bool agrees = a.candidate && Reachable(*a.candidate, position, MissedS());
    a.candidates = agrees ? a.candidates + 1 : 1;
    a.candidate = position;
    return a.candidates >= kCandidates;
  }

  [[nodiscard]] bool InReach(const LatLon& at) const {
    return !reference_ || WithinDistance(*reference_, at, kMaxReachM);
  }

  // Made-up time stands still where messages were missed: for how long nobody knows.
  [[nodiscard]] double MissedS() const { return nominal_ ? 30.0 : 0.0; }

  // Into report_, whose memory is used again.
  void MakeReport(std::string_view kind, const std::string& address, const LatLon& at, Time time,
                  const Aircraft& a, const PositionExtras& extras) {
    report_.time = time;
    report_.sensor = o_.sensor;
    report_.detections.resize(1);
    Detection& d = report_.detections[0];
    Identity identity = std::move(d.identity);
    d = Detection();
    d.fix = Fix{.lat_deg = at.lat_deg, .lon_deg = at.lon_deg, .hae = {}, .amsl = {}};
    const auto sd = [&d](Component c) -> double& { return d.sd[static_cast<std::size_t>(c)]; };

    // East, north and up at the aircraft, as its position is: the engine turns both.
    double speed_mps = 0.0;
    if (const auto& v = extras.velocity; v && Apart(v->time, time) <= kVelocityFresh) {
      // Airliners turn and climb with up to about 2 m/s2.
      const double age_s = Apart(v->time, time).s();
      const double sd_mps = Root(v->sd_mps, 2.0 * age_s);
      const double sd_up_mps = Root(1.5, 2.0 * age_s);
      if (v->east_mps && v->north_mps) {
        speed_mps = Root(*v->east_mps, *v->north_mps);
        d.Set(Component::kVelEast, *v->east_mps, sd_mps);
        d.Set(Component::kVelNorth, *v->north_mps, sd_mps);
        if (v->up_mps) d.Set(Component::kVelUp, *v->up_mps, sd_up_mps);
      }
    }

    // The message is up to 0.2 s older than its reception; a coarse time moves it further along.
    const double time_sd_s = std::sqrt(Squared(0.1) + Squared(extras.resolution.s()) / 12.0);
    const double sd_m = Root(extras.sd_m, speed_mps * time_sd_s);
    sd(Component::kEast) = sd_m;
    sd(Component::kNorth) = sd_m;
    if (extras.altitude_m) {
      const double altitude = *extras.altitude_m;
      const bool difference =
          a.gnss_minus_baro_m && Apart(a.gnss_minus_baro_m->second, time) <= kDifferenceFresh;
      if (extras.gnss_height || difference) {
        d.fix->hae = HeightHae{altitude + (extras.gnss_height ? 0.0 : a.gnss_minus_baro_m->first)};
        sd(Component::kUp) = (a.gva == 2 ? 45.0 : 150.0) * kSigmaOf95;
      } else {
        d.fix->amsl = HeightAmsl{altitude};
        sd(Component::kUp) = PressureSdM(altitude);
      }
    }
    d.class_probability = ClassOfEmitter(a.emitter_set, a.category);
    identity.resize(a.callsign.empty() ? 1 : 2);
    identity[0].first = kind;
    identity[0].second = address;
    if (!a.callsign.empty()) {
      identity[1].first = "callsign";
      identity[1].second = a.callsign;
    }
    d.identity = std::move(identity);
  }

  // --- time ---

  Time TimeOf(const ReceiverFrame& f, Aircraft* aircraft, const CprPosition* position) {
    // Counters may run anywhere; times stay where Time is valid.
    const Time time = std::clamp(RawTimeOf(f, aircraft, position), Time(), kLastTime);
    newest_ = newest_ ? std::max(*newest_, time) : time;
    return time;
  }

  Time RawTimeOf(const ReceiverFrame& f, Aircraft* aircraft, const CprPosition* position) {
    if (f.time) return *f.time;
    if (received_) return *received_;
    // Positions that a network computed (MLAT) come in Beast with this mark for a counter.
    constexpr std::uint64_t kMlat = 0xFF004D4C4154;
    if (f.counter && *f.counter != 0 && *f.counter != kMlat) return CounterTime(f, *f.counter);
    if (counter_) return *newest_;
    return NominalTime(f, aircraft, position);
  }

  Time CounterTime(const ReceiverFrame& f, std::uint64_t counter) {
    nominal_ = false;
    if (!counter_) {
      counter_ = counter;
      anchor_ = Start(f);
      return anchor_;
    }
    // The shorter way round: forward over the wrap of 48 bits (271 days), or a little back where
    // the receiver gives messages out of order.
    constexpr int kUnused = 64 - 48;
    const auto ticks = static_cast<std::int64_t>((counter - *counter_) << kUnused) >> kUnused;
    constexpr std::int64_t kTicksPerS = 12'000'000;
    if (ticks < -kTicksPerS || ticks > 86'400 * kTicksPerS) {
      Tell(f, fmt::format("warning: the receiver's counter jumped by {:.1f} s: time goes on from "
                          "the newest message",
                          static_cast<double>(ticks) / kTicksPerS));
      anchor_ = *newest_;
      ticks_ = 0;
    } else {
      ticks_ = std::min(ticks_ + ticks, kTicksPerS * 86'400 * 366 * 100);
    }
    counter_ = counter;
    return anchor_ + Duration::Ns(ticks_ * 250 / 3);
  }

  Time NominalTime(const ReceiverFrame& f, Aircraft* aircraft, const CprPosition* position) {
    if (!nominal_) {
      nominal_ = true;
      Tell(f,
           "warning: the messages carry no time (counters zero or none): it is made up from each "
           "aircraft's way and speed, or one position each 0.5 s");
      newest_ = newest_ ? *newest_ : Start(f);
    }
    if (aircraft == nullptr) return *newest_;
    if (!aircraft->nominal) {
      aircraft->nominal = *newest_;
    } else if (position != nullptr) {
      // Messages come in the order of time: an aircraft far behind the others was heard less well.
      aircraft->nominal = std::max(NextNominal(*aircraft, *position), *newest_ - kNominalLag);
    }
    return *aircraft->nominal;
  }

  // When an aircraft is where a position message says: by the speed it states, it takes so long to
  // get there from its last position. Without those, a nominal step later.
  static Time NextNominal(Aircraft& a, const CprPosition& cpr) {
    const Time step = *a.nominal + kNominalRate;
    if (!a.last || !a.velocity || !a.velocity->east_mps || !a.velocity->north_mps) return step;
    const double east_mps = *a.velocity->east_mps;
    const double north_mps = *a.velocity->north_mps;
    const double squared = Squared(east_mps) + Squared(north_mps);
    const std::optional<LatLon> at = CprDecodeLocal(cpr, a.last->at, a.band);
    if (!at || squared < Squared(kLeastNominalMps)) return step;
    constexpr double kMPerDeg = 111.2e3;
    const double north_m = (at->lat_deg - a.last->at.lat_deg) * kMPerDeg;
    // Anew only where it moves by 1 part in 10,000 or so: it takes as long as all the rest.
    constexpr double kSameLatDeg = 0.005;
    if (std::abs(at->lat_deg - a.cos_of_deg) > kSameLatDeg) {
      a.cos_of_deg = at->lat_deg;
      a.cos_lat = std::cos(at->lat_deg * kRadPerDeg);
    }
    const double east_m = WrapLongitude(at->lon_deg - a.last->at.lon_deg) * kMPerDeg * a.cos_lat;
    const Duration along = Duration::Seconds((east_m * east_mps + north_m * north_mps) / squared);
    // A little back: receivers may hand messages on out of order.
    if (along < Duration() - kNominalLag || along > kLongestNominal) return step;
    return a.last->time + along;
  }

  Time Start(const ReceiverFrame& f) {
    if (newest_) return *newest_;
    if (!o_.start)
      Tell(f, "warning: no start time is given: times count from 1970-01-01T00:00:00Z");
    return o_.start.value_or(Time());
  }

  // --- SBS-1 ---

  void OnSbs(const ReceiverFrame& line);

  // --- out ---

  void Tell(const ReceiverFrame& f, std::string what) {
    if (!sink_->on_error) return;
    Error e;
    e.byte = f.byte;
    e.line = f.line;
    e.what = std::move(what);
    sink_->on_error(e);
  }

  // The members that every message has.
  JsonObject Head(const ReceiverFrame& f, Time time) {
    JsonObject json(o_.decode.want_json ? &json_ : nullptr);
    if (!json.on()) return json;
    json.Set("time", time);
    if (nominal_) json.Set("time_made_up", true);
    json.Set("byte", f.byte);
    json.Set("counter", f.counter);
    json.Set("signal", f.signal);
    if (f.kind == ReceiverFrame::Kind::kModeS) json.SetHex("raw", f.payload);
    return json;
  }

  // @param report  whether report_ is one of it
  void Emit(const ReceiverFrame& f, JsonObject& json, bool report) {
    ++counts.messages;
    if (!sink_->on_message) return;
    message_.byte = f.byte;
    message_.raw = f.raw;
    if (report) message_.report = std::move(report_);
    if (json.on()) message_.json = json.Take();
    sink_->on_message(message_);
    if (report) {
      report_ = std::move(*message_.report);
      message_.report.reset();
    }
  }

  AdsbFraming framing_;
  AdsbOptions o_;
  std::optional<LatLon> reference_;
  BeastFramer beast_;
  TextFramer text_;
  AircraftTable aircraft_;
  JsonObject::Out json_;
  ModeSMessage mode_s_;     // the one at hand
  DecodedMessage message_;  // likewise
  Report report_;           // likewise
  const DecodeSink* sink_ = nullptr;
  std::optional<Time> received_;
  std::optional<Time> newest_;
  std::optional<std::uint64_t> counter_;  // the last one
  Time anchor_;                           // time of the counter when it was first seen
  std::int64_t ticks_ = 0;                // since then
  bool nominal_ = false;                  // time is being made up
};

namespace {

template <typename T>
std::optional<T> Number(std::string_view text) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  if constexpr (std::is_floating_point_v<T>) {
    if (!std::isfinite(value)) return std::nullopt;
  }
  return value;
}

// "2026/11/22" and "09:06:11.010", taken for UTC.
std::optional<Time> SbsTime(std::string_view date, std::string_view clock) {
  if (date.size() != 10 || date[4] != '/' || date[7] != '/') return std::nullopt;
  return Time::Parse(
      fmt::format("{}-{}-{}T{}Z", date.substr(0, 4), date.substr(5, 2), date.substr(8, 2), clock));
}

}  // namespace

void AdsbDecoder::Impl::OnSbs(const ReceiverFrame& line) {
  // MSG,type,session,aircraft,icao,flight,date,time (generated),date,time (logged),callsign,
  // altitude,ground speed,track,latitude,longitude,vertical rate,squawk,alert,emergency,SPI,ground
  std::array<std::string_view, 22> field{};
  std::string_view rest = line.text;
  for (std::string_view& part : field) {
    const std::size_t comma = rest.find(',');
    part = rest.substr(0, comma);
    rest = comma == std::string_view::npos ? std::string_view() : rest.substr(comma + 1);
  }
  const auto fail = [&](std::string_view what) {
    ++counts.damaged;
    Tell(line, std::string(what));
  };
  const std::optional<int> type = Number<int>(field[1]);
  if (!type || *type < 1 || *type > 8) return fail("SBS-1: field 2 is not a type 1 to 8");
  std::uint32_t address = 0;
  const auto [end, error] =
      std::from_chars(field[4].data(), field[4].data() + field[4].size(), address, 16);
  if (error != std::errc() || end != field[4].data() + field[4].size() || field[4].size() != 6) {
    return fail("SBS-1: field 5 is not an address of six hexadecimal digits");
  }
  ReceiverFrame f = line;
  f.time = SbsTime(field[6], field[7]);
  if (!f.time) return fail("SBS-1: fields 7 and 8 are not a date and time");
  f.resolution = Duration::Seconds(0.001);
  // Bounds that the sender itself could not pass: a number outside of them is damage.
  const auto in = [](std::optional<double> v, double low, double high) {
    return v && *v >= low && *v <= high ? v : std::nullopt;
  };
  const std::optional<int> altitude_ft = Number<int>(field[11]);
  const auto speed_kt = in(Number<double>(field[12]), 0.0, 4096.0);
  const auto track_deg = in(Number<double>(field[13]), -360.0, 360.0);
  const auto lat = in(Number<double>(field[14]), -90.0, 90.0);
  const auto lon = in(Number<double>(field[15]), -180.0, 180.0);
  const auto rate_fpm = in(Number<double>(field[16]), -1e5, 1e5);
  std::string callsign(field[10].substr(0, 8));
  callsign.erase(callsign.find_last_not_of(' ') + 1);
  if (!field[14].empty() && (!lat || !lon)) return fail("SBS-1: fields 15, 16 are no position");

  Aircraft& a = aircraft_.At(address);
  const Time time = TimeOf(f, &a, nullptr);
  a.seen = time;
  if (!callsign.empty()) a.callsign = ShortText(callsign);
  if (speed_kt && track_deg) {
    const double speed = *speed_kt * kMpsPerKnot;
    Velocity v{.time = time,
               .east_mps = speed * std::sin(*track_deg * kRadPerDeg),
               .north_mps = speed * std::cos(*track_deg * kRadPerDeg),
               .up_mps = std::nullopt,
               .sd_mps = kNacV95Mps[0] * kSigmaOf95Circle};
    if (rate_fpm) v.up_mps = *rate_fpm * kMpsPerFpm;
    a.velocity = v;
  }
  JsonObject json = Head(f, time);
  if (json.on()) {
    json.Set("sbs_type", *type);
    json.SetHex("icao", AddressBytes(address));
    if (!callsign.empty()) json.Set("callsign", callsign);
    if (altitude_ft) json.Set("altitude", *altitude_ft);
    if (speed_kt) json.Set("groundspeed", *speed_kt);
    if (track_deg) json.Set("track", *track_deg);
    if (lat) json.Set("lat_deg", *lat);
    if (lon) json.Set("lon_deg", *lon);
    if (rate_fpm) json.Set("vertical_rate", *rate_fpm);
    if (!field[17].empty()) json.Set("squawk", std::string(field[17].substr(0, 4)));
  }
  bool report = false;
  if (lat && lon) {
    const bool surface = *type == 2;
    const Position position{{*lat, *lon}, time, surface};
    const bool possible =
        InReach(position.at) && (!a.last || Reachable(*a.last, position, MissedS()));
    if (possible || Moved(position.at, time, surface, a)) {
      ++counts.positions;
      a.last = position;
      a.candidate.reset();
      if (o_.decode.want_reports) {
        PositionExtras extras;
        if (altitude_ft) extras.altitude_m = *altitude_ft * kMPerFoot;
        extras.sd_m = kSbs95M * kSigmaOf95Circle;
        extras.resolution = f.resolution;
        extras.velocity = a.velocity;
        MakeReport("icao", IcaoText(address), position.at, time, a, extras);
        report = true;
      }
    } else {
      ++counts.positions_refused;
      Tell(line, fmt::format("{}: an impossible position, refused", IcaoText(address)));
    }
  }
  Emit(f, json, report);
}

AdsbDecoder::AdsbDecoder(AdsbFraming framing, AdsbOptions options)
    : impl_(std::make_unique<Impl>(framing, std::move(options))) {}
AdsbDecoder::~AdsbDecoder() = default;

void AdsbDecoder::Feed(std::span<const std::uint8_t> bytes, std::optional<Time> received,
                       const DecodeSink& sink) {
  impl_->Feed(bytes, received, sink);
}
void AdsbDecoder::Finish(const DecodeSink& sink) { impl_->Finish(sink); }
const AdsbCounts& AdsbDecoder::counts() const { return impl_->counts; }

}  // namespace picket
