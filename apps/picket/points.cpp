// SPDX-License-Identifier: Apache-2.0
#include "points.h"

#include <fmt/format.h>

#include <cmath>
#include <map>
#include <nlohmann/json.hpp>

#include "picket/codec/cot.h"
#include "picket/io/geoid.h"

namespace picket::app {
namespace {

class Csv final : public PointSink {
 public:
  explicit Csv(OutputFile& out) : PointSink(out) {
    Write(
        "time,id,lat_deg,lon_deg,alt_hae_m,alt_msl_m,vel_east_mps,vel_north_mps,vel_up_mps,"
        "class\n");
  }
  void Add(const Point& p) override {
    const auto number = [](double v) { return std::isfinite(v) ? fmt::format("{}", v) : ""; };
    Write(fmt::format("{},{},{},{},{},{},{},{},{},{}\n", p.time.Text(), Quoted(p.id), p.lat_deg,
                      p.lon_deg, number(p.alt_hae_m.value_or(kNotStated)),
                      number(p.alt_msl_m.value_or(kNotStated)), number(p.vel_enu_mps[0]),
                      number(p.vel_enu_mps[1]), number(p.vel_enu_mps[2]), p.target_class));
  }

 private:
  static std::string Quoted(const std::string& text) {
    if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
    std::string quoted = "\"";
    for (const char c : text) {
      if (c == '"') quoted += '"';
      quoted += c;
    }
    return quoted + '"';
  }
};

class GeoJson final : public PointSink {
 public:
  explicit GeoJson(OutputFile& out) : PointSink(out) {}

  void Add(const Point& p) override {
    if (p.id.empty()) {
      WriteFeature(
          "Point", Position(p),
          nlohmann::ordered_json({{"time", p.time.Text()}, {"class", std::string(p.target_class)}})
              .dump(-1, ' ', false, kReplace));
      return;
    }
    Line& line = lines_[p.id];
    if (line.points == 0) line.first = p.time;
    if (line.points++ > 0) {
      line.coordinates += ',';
      line.times += ',';
    }
    line.last = p.time;
    line.target_class = p.target_class;
    line.coordinates += Position(p);
    line.times += '"' + p.time.Text() + '"';
  }

  void Finish() override {
    for (const auto& [id, line] : lines_) {
      const nlohmann::ordered_json properties = {{"id", id},
                                                 {"class", line.target_class},
                                                 {"points", line.points},
                                                 {"first", line.first.Text()},
                                                 {"last", line.last.Text()}};
      // A line needs two points.
      const bool single = line.points == 1;
      std::string text = properties.dump(-1, ' ', false, kReplace);
      text.insert(text.size() - 1, ",\"coordTimes\":[" + line.times + "]");
      WriteFeature(single ? "Point" : "LineString",
                   single ? line.coordinates : "[" + line.coordinates + "]", text);
    }
    Write(features_ == 0 ? "{\"type\":\"FeatureCollection\",\"features\":[]}\n" : "\n]}\n");
  }

 private:
  struct Line {
    std::int64_t points = 0;
    Time first, last;
    std::string target_class;
    std::string coordinates;
    std::string times;
  };
  static constexpr auto kReplace = nlohmann::ordered_json::error_handler_t::replace;

  /// RFC 7946: longitude first, height above the ellipsoid where it is known.
  static std::string Position(const Point& p) {
    return p.alt_hae_m ? fmt::format("[{},{},{}]", p.lon_deg, p.lat_deg, *p.alt_hae_m)
                       : fmt::format("[{},{}]", p.lon_deg, p.lat_deg);
  }
  void WriteFeature(std::string_view type, const std::string& coordinates,
                    const std::string& properties) {
    Write(features_++ == 0 ? "{\"type\":\"FeatureCollection\",\"features\":[\n" : ",\n");
    Write(
        fmt::format("{{\"type\":\"Feature\",\"properties\":{},\"geometry\":{{\"type\":\"{}\","
                    "\"coordinates\":{}}}}}",
                    properties, type, coordinates));
  }

  std::map<std::string, Line> lines_;
  std::int64_t features_ = 0;
};

/// OGC KML 2.3 (12-007r2), 10.13: a Track holds a time for each of its points. Heights there are
/// above the sea, so those above the ellipsoid are taken down by the geoid.
class Kml : public PointSink {
 public:
  explicit Kml(OutputFile& out) : PointSink(out) {
    if (auto geoid = LoadGeoid()) {
      geoid_ = std::move(*geoid);
    } else {
      fmt::print(stderr, "{}: heights above the ellipsoid are left out\n", geoid.error().Text());
    }
  }

  void Add(const Point& p) override {
    Line& line = lines_[p.id];
    line.target_class = p.target_class;
    double height = p.alt_msl_m.value_or(0.0);
    if (p.alt_hae_m && geoid_) {
      height = geoid_->ToAmsl({p.lat_deg, p.lon_deg, {*p.alt_hae_m}}).m;
    }
    line.flat |= !p.alt_msl_m && !(p.alt_hae_m && geoid_);
    line.whens += fmt::format("<when>{}</when>\n", p.time.Text());
    line.places += fmt::format("<gx:coord>{} {} {}</gx:coord>\n", p.lon_deg, p.lat_deg, height);
  }

  void Finish() override {
    Write(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
        "<kml xmlns=\"http://www.opengis.net/kml/2.2\" "
        "xmlns:gx=\"http://www.google.com/kml/ext/2.2\">\n<Document>\n");
    for (const auto& [id, line] : lines_) {
      const std::string name = fmt::format(
          "{} {}", line.target_class.empty() ? std::string("track") : line.target_class, id);
      Write(fmt::format(
          "<Placemark><name>{}</name><gx:Track><altitudeMode>{}</altitudeMode>\n{}{}"
          "</gx:Track></Placemark>\n",
          Escaped(name), line.flat ? "clampToGround" : "absolute", line.whens, line.places));
    }
    Write("</Document>\n</kml>\n");
  }

 private:
  struct Line {
    std::string target_class;
    bool flat = false;  ///< some height is not known
    std::string whens;
    std::string places;
  };
  static std::string Escaped(const std::string& text) {
    std::string out;
    for (const char c : text) {
      if (c == '<') {
        out += "&lt;";
      } else if (c == '&') {
        out += "&amp;";
      } else if (static_cast<unsigned char>(c) >= 0x20) {
        out += c;
      }
    }
    return out;
  }
  std::optional<Geoid> geoid_;
  std::map<std::string, Line> lines_;
};

class Kmz final : public Kml {
 public:
  using Kml::Kml;
  void Finish() override {
    Kml::Finish();
    auto archive = ZipOf("doc.kml", text_);
    if (!archive) return Failed(std::move(archive.error()));
    PointSink::Write(*archive);
  }

 private:
  void Write(std::string_view text) override { text_ += text; }
  std::string text_;
};

class GeoPackage final : public PointSink {
 public:
  using PointSink::PointSink;
  void Add(const Point& p) override { writer_.Add(p); }
  void Finish() override {
    auto file = writer_.Finish();
    if (!file) return Failed(std::move(file.error()));
    Write(*file);
  }

 private:
  GeoPackageWriter writer_;
};

/// Every point is a record of a track; one without an id is a track by itself.
class Courageous final : public PointSink {
 public:
  Courageous(OutputFile& out, const Geodetic* site) : PointSink(out) {
    auto geoid = LoadGeoid();
    if (site == nullptr) {
      Error error;
      error.what = "a COURAGEOUS log says where its system stands: give --site";
      Failed(std::move(error));
    } else if (!geoid) {
      Failed(std::move(geoid.error()));
    } else {
      geoid_ = std::move(*geoid);
      site_ = *site;
    }
  }

  void Add(const Point& p) override {
    if (!geoid_) return;
    Line& line = lines_[p.id.empty() ? fmt::format("unnamed {}", ++unnamed_) : p.id];
    if (line.records.empty()) line.number = static_cast<std::int64_t>(lines_.size());
    Json record = {{"record_number", ++records_},
                   {"time", p.time.ns() / 1'000'000},
                   {"classification", ClassificationOf(p)},
                   {"alarm", {{"active", p.drone > 0.5}, {"certainty", p.drone}}},
                   {"location", LocationOf(p)}};
    const auto& v = p.vel_enu_mps;
    if (std::isfinite(v[0]) && std::isfinite(v[1]) && std::isfinite(v[2])) {
      record["velocity"] = {{"east", v[0]}, {"north", v[1]}, {"up", v[2]}};
    }
    if (!line.records.empty()) line.records += ",\n";
    line.records += record.dump(-1, ' ', false, Json::error_handler_t::replace);
  }

  void Finish() override {
    if (!geoid_) return;
    const Json at = {
        {"lat", site_.lat_deg}, {"lon", site_.lon_deg}, {"height_amsl", geoid_->ToAmsl(site_).m}};
    Write("{\"version\":\"0.4.1\",\"vendor_name\":\"picket\",\"system_name\":\"picket\",\n");
    Write("\"static_cuas_location\":" + at.dump() + ",\n\"detection\":[],\n\"tracks\":[");
    bool first = true;
    for (const auto& [id, line] : lines_) {
      Write(first ? "\n" : ",\n");
      first = false;
      const Json name = id;
      Write(fmt::format("{{\"uas_id\":{},\"name\":{},\"records\":[\n", line.number,
                        name.dump(-1, ' ', false, Json::error_handler_t::replace)));
      Write(line.records);
      Write("]}");
    }
    Write("]}\n");
  }

 private:
  using Json = nlohmann::ordered_json;
  struct Line {
    std::int64_t number = 0;
    std::string records;
  };

  static const char* ClassificationOf(const Point& p) {
    if (p.drone > 0.5) return "UAV";
    const auto known = ParseClass(p.target_class);
    if (!known) return "Unknown";
    const bool drone = *known == TargetClass::kMultirotor || *known == TargetClass::kFixedWing;
    return drone ? "UAV" : "Other";
  }
  [[nodiscard]] Json LocationOf(const Point& p) const {
    if (!p.alt_hae_m && !p.alt_msl_m) {
      return {{"$type", "Position2d"}, {"lat", p.lat_deg}, {"lon", p.lon_deg}};
    }
    const double amsl_m =
        p.alt_msl_m ? *p.alt_msl_m : geoid_->ToAmsl({p.lat_deg, p.lon_deg, {*p.alt_hae_m}}).m;
    return {
        {"$type", "Position3d"}, {"lat", p.lat_deg}, {"lon", p.lon_deg}, {"height_amsl", amsl_m}};
  }

  std::optional<Geoid> geoid_;
  Geodetic site_;
  std::map<std::string, Line> lines_;
  std::int64_t unnamed_ = 0;
  std::int64_t records_ = 0;
};

class Cot final : public PointSink {
 public:
  explicit Cot(OutputFile& out) : PointSink(out) {}
  void Add(const Point& p) override {
    // As long as a display keeps a track that says nothing more.
    constexpr Duration kStale = Duration::Seconds(10.0);
    cot::Target target;
    target.time = p.time;
    target.id = p.id.empty() ? fmt::format("{}", ++unnamed_) : p.id;
    target.uid = "picket." + target.id;
    target.lat_deg = p.lat_deg;
    target.lon_deg = p.lon_deg;
    target.hae_m = p.alt_hae_m;
    target.vel_enu_mps = p.vel_enu_mps;
    target.sd_m = p.sd_m;
    target.target_class = p.target_class;
    Write(cot::WriteXml(cot::TrackEvent(target, kStale)) + "\n");
  }

 private:
  std::int64_t unnamed_ = 0;
};

}  // namespace

std::unique_ptr<PointSink> MakeCsv(OutputFile& out, const Geodetic* /*site*/) {
  return std::make_unique<Csv>(out);
}
std::unique_ptr<PointSink> MakeGeoJson(OutputFile& out, const Geodetic* /*site*/) {
  return std::make_unique<GeoJson>(out);
}
std::unique_ptr<PointSink> MakeKml(OutputFile& out, const Geodetic* /*site*/) {
  return std::make_unique<Kml>(out);
}
std::unique_ptr<PointSink> MakeKmz(OutputFile& out, const Geodetic* /*site*/) {
  return std::make_unique<Kmz>(out);
}
std::unique_ptr<PointSink> MakeGeoPackage(OutputFile& out, const Geodetic* /*site*/) {
  return std::make_unique<GeoPackage>(out);
}
std::unique_ptr<PointSink> MakeCourageous(OutputFile& out, const Geodetic* site) {
  return std::make_unique<Courageous>(out, site);
}
std::unique_ptr<PointSink> MakeCot(OutputFile& out, const Geodetic* /*site*/) {
  return std::make_unique<Cot>(out);
}

}  // namespace picket::app
