// SPDX-License-Identifier: Apache-2.0
#include "picket/codec/json.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <numbers>

namespace picket {
namespace {

using Json = nlohmann::json;

std::string Line(const std::string& detections) {
  return R"({"time":"2026-03-01T12:00:01.5Z","sensor":"s","detections":[)" + detections + "]}";
}

Result<ParsedReport> Read(const std::string& line) { return ReportReader().Read(line); }

Detection ReadOne(const std::string& detection) {
  const auto parsed = Read(Line(detection));
  EXPECT_TRUE(parsed) << parsed.error().Text();
  return parsed ? parsed->report.detections.at(0) : Detection();
}

bool SameNumber(double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); }

template <typename T>
bool SameHeight(const std::optional<T>& a, const std::optional<T>& b) {
  return a.has_value() == b.has_value() && (!a || a->m == b->m);
}

bool SameFix(const std::optional<Fix>& a, const std::optional<Fix>& b) {
  if (!a || !b) return a.has_value() == b.has_value();
  return a->lat_deg == b->lat_deg && a->lon_deg == b->lon_deg && SameHeight(a->hae, b->hae) &&
         SameHeight(a->amsl, b->amsl);
}

/// Equal to the bit, angles as far as `angle_ulps`.
bool Same(const Detection& a, const Detection& b, double angle_ulps) {
  for (std::size_t i = 0; i < kComponents; ++i) {
    const bool angle = i == static_cast<std::size_t>(Component::kAzimuth) ||
                       i == static_cast<std::size_t>(Component::kElevation);
    const double slack = angle ? angle_ulps * 0x1.0p-52 : 0.0;
    if (std::abs(a.value[i] - b.value[i]) > slack * std::abs(a.value[i])) return false;
    if (std::abs(a.sd[i] - b.sd[i]) > slack * a.sd[i]) return false;
  }
  return a.measured == b.measured && SameFix(a.fix, b.fix) && a.time == b.time &&
         a.class_probability == b.class_probability && SameNumber(a.snr_db, b.snr_db) &&
         SameNumber(a.rcs_dbsm, b.rcs_dbsm) && a.identity == b.identity;
}

bool Same(const Report& a, const Report& b, double angle_ulps) {
  if (a.time != b.time || a.received != b.received || a.sensor != b.sensor ||
      a.detections.size() != b.detections.size()) {
    return false;
  }
  for (std::size_t i = 0; i < a.detections.size(); ++i) {
    if (!Same(a.detections[i], b.detections[i], angle_ulps)) return false;
  }
  return true;
}

// ----- reading reports -----

TEST(ReportReaderTest, ReadsTheExampleOfTheDocuments) {
  const auto parsed = Read(
      R"({"time":"2026-03-01T12:00:01.000000000Z","received":1772366402.25,"sensor":"radar-north",
      "detections":[
      {"range_m":8123.4,"azimuth_deg":12.31,"elevation_deg":-1.9,"range_rate_mps":-41.2},
      {"range_m":512.0,"azimuth_deg":200.0,"snr_db":11.0,"rcs_dbsm":-18.0,
       "sd":{"range_m":20.0,"azimuth_deg":2},"class":{"drone":0.7,"bird":0.3},
       "identity":{"remote_id":"1581F5"},"time":"2026-03-01T12:00:00.9Z"}]})");
  ASSERT_TRUE(parsed) << parsed.error().Text();
  EXPECT_TRUE(parsed->unknown_keys.empty());
  const Report& report = parsed->report;
  EXPECT_EQ(report.time, *Time::Parse("2026-03-01T12:00:01Z"));
  EXPECT_EQ(report.received, *Time::Parse("2026-03-01T12:00:02.25Z"));
  EXPECT_EQ(report.sensor, "radar-north");
  ASSERT_EQ(report.detections.size(), 2U);
  const Detection& first = report.detections[0];
  EXPECT_EQ(first.measured, (ComponentSet{Component::kRange, Component::kAzimuth,
                                          Component::kElevation, Component::kRangeRate}));
  EXPECT_EQ(first[Component::kRange], 8123.4);
  EXPECT_DOUBLE_EQ(first[Component::kAzimuth], 12.31 * kRadPerDeg);
  EXPECT_DOUBLE_EQ(first[Component::kElevation], -1.9 * kRadPerDeg);
  EXPECT_EQ(first[Component::kRangeRate], -41.2);
  EXPECT_FALSE(first.fix || first.time);
  EXPECT_TRUE(std::isnan(first.snr_db) && std::isnan(first.rcs_dbsm));
  EXPECT_EQ(first.class_probability, ClassProbabilities{});
  const Detection& second = report.detections[1];
  EXPECT_EQ(second.snr_db, 11.0);
  EXPECT_EQ(second.rcs_dbsm, -18.0);
  EXPECT_EQ(second.sd[static_cast<std::size_t>(Component::kRange)], 20.0);
  EXPECT_DOUBLE_EQ(second.sd[static_cast<std::size_t>(Component::kAzimuth)], 2 * kRadPerDeg);
  EXPECT_EQ(second.class_probability, (ClassProbabilities{0.35, 0.35, 0.3, 0, 0}));
  EXPECT_EQ(second.identity, (Identity{{"remote_id", "1581F5"}}));
  EXPECT_EQ(second.time, *Time::Parse("2026-03-01T12:00:00.9Z"));
}

TEST(ReportReaderTest, AnEmptyLookIsAReport) {
  const auto parsed = Read(Line(""));
  ASSERT_TRUE(parsed);
  EXPECT_TRUE(parsed->report.detections.empty());
  EXPECT_FALSE(parsed->report.received);
}

TEST(ReportReaderTest, ReadsPositionsOfEveryKind) {
  const Detection local = ReadOne(R"({"east_m":-3,"north_m":4.5})");
  EXPECT_EQ(local.measured, (ComponentSet{Component::kEast, Component::kNorth}));
  EXPECT_EQ(local[Component::kEast], -3.0);
  const Detection hae = ReadOne(R"({"lat_deg":37.5,"lon_deg":-127,"alt_hae_m":12})");
  ASSERT_TRUE(hae.fix && hae.fix->hae);
  EXPECT_EQ(hae.fix->lat_deg, 37.5);
  EXPECT_EQ(hae.fix->lon_deg, -127.0);
  EXPECT_EQ(hae.fix->hae->m, 12.0);
  EXPECT_FALSE(hae.fix->amsl);
  const Detection msl = ReadOne(R"({"lat_deg":37.5,"lon_deg":-127,"alt_msl_m":-2})");
  ASSERT_TRUE(msl.fix && msl.fix->amsl);
  EXPECT_EQ(msl.fix->amsl->m, -2.0);
  EXPECT_FALSE(ReadOne(R"({"lat_deg":0,"lon_deg":5})").fix->hae);
  const Detection moving = ReadOne(R"({"lat_deg":1,"lon_deg":2,"vel_enu_mps":[1,2,-3]})");
  EXPECT_EQ(moving.measured,
            (ComponentSet{Component::kVelEast, Component::kVelNorth, Component::kVelUp}));
  EXPECT_EQ(moving[Component::kVelUp], -3.0);
  EXPECT_EQ(ReadOne(R"({"range_difference_m":-30})")[Component::kRangeDifference], -30.0);
  EXPECT_EQ(ReadOne(R"({"vel_east_mps":7,"vel_north_mps":8})")[Component::kVelNorth], 8.0);
}

TEST(ReportReaderTest, ReadsWhereItsSensorWas) {
  const auto at = [](const std::string& place) {
    return Read(R"({"time":1,"sensor":"ship","sensor_at":)" + place + R"(,"detections":[]})");
  };
  const auto local = at(R"({"east_m":1,"north_m":-2,"up_m":3.5,"vel_enu_mps":[4,0,-1]})");
  ASSERT_TRUE(local) << local.error().Text();
  ASSERT_TRUE(local->report.sensor_at);
  EXPECT_FALSE(local->report.sensor_at->fix);
  EXPECT_EQ(local->report.sensor_at->enu_m, (std::array<double, 3>{1.0, -2.0, 3.5}));
  EXPECT_EQ(local->report.sensor_at->vel_enu_mps, (std::array<double, 3>{4.0, 0.0, -1.0}));
  const auto on_earth = at(R"({"lat_deg":37.5,"lon_deg":-127,"alt_msl_m":12})");
  ASSERT_TRUE(on_earth) << on_earth.error().Text();
  EXPECT_EQ(on_earth->report.sensor_at->fix->amsl->m, 12.0);
  for (const auto& parsed : {local, on_earth}) {
    const std::string text = WriteReport(parsed->report);
    EXPECT_EQ(WriteReport(Read(text)->report), text);
    EXPECT_NE(text.find("sensor_at"), std::string::npos);
  }
  for (const char* bad :
       {"7", "{}", R"({"lat_deg":37.5,"lon_deg":-127})", R"({"east_m":1,"north_m":2})",
        R"({"lat_deg":1,"lon_deg":2,"alt_hae_m":3,"alt_msl_m":3})",
        R"({"lat_deg":1,"lon_deg":2,"alt_hae_m":3,"east_m":1,"north_m":2,"up_m":3})",
        R"({"east_m":1,"north_m":2,"up_m":3,"vel_enu_mps":[2000,0,0]})", R"({"east_m":1e7})"}) {
    const auto refused = at(bad);
    ASSERT_FALSE(refused) << bad;
    EXPECT_EQ(refused.error().field.substr(0, 9), "sensor_at") << refused.error().Text();
  }
  EXPECT_EQ(at(R"({"lat_deg":99})").error().field, "sensor_at.lat_deg");
}

TEST(ReportReaderTest, AzimuthsComeOutInOneTurn) {
  for (const double deg : {-360.0, -90.0, 0.0, 270.0, 359.5, 360.0}) {
    const double rad =
        ReadOne("{\"azimuth_deg\":" + std::to_string(deg) + "}")[Component::kAzimuth];
    EXPECT_GE(rad, 0.0);
    EXPECT_LT(rad, 2 * std::numbers::pi);
    EXPECT_NEAR(std::remainder(rad - deg * kRadPerDeg, 2 * std::numbers::pi), 0.0, 1e-12);
  }
}

TEST(ReportReaderTest, SpreadsWhatTheClassesLeaveOpen) {
  const auto classes = [](const std::string& text) {
    return ReadOne(R"({"range_m":1,"class":)" + text + "}").class_probability;
  };
  EXPECT_EQ(classes(R"({"fixed_wing":0.25,"aircraft":0.5,"multirotor":0,"bird":0.25})"),
            (ClassProbabilities{0, 0.25, 0.25, 0.5, 0}));
  EXPECT_EQ(classes(R"({"bird":0.25})"),
            (ClassProbabilities{0.1875, 0.1875, 0.25, 0.1875, 0.1875}));
  EXPECT_EQ(classes(R"({"crewed_aircraft":1})"), (ClassProbabilities{0, 0, 0, 1, 0}));
  EXPECT_EQ(classes("{}"), ClassProbabilities{});
  // All named, a sum rounded to less than 1: scaled up.
  const auto scaled = classes(R"({"drone":0.33,"bird":0.33,"aircraft":0.33,"other":0})");
  EXPECT_DOUBLE_EQ(scaled[2], 1.0 / 3.0);
}

TEST(ReportReaderTest, UnknownKeysAreToldOnceAndDoNotMatter) {
  const auto parsed = Read(R"({"v":{"a":[1,2]},"time":1,"sensor":"s","detections":[
         {"range_m":1,"colour":"red"},{"range_m":2,"colour":"blue","sd":{"mood":3}}]})");
  ASSERT_TRUE(parsed) << parsed.error().Text();
  EXPECT_EQ(parsed->report.detections.size(), 2U);
  EXPECT_EQ(parsed->unknown_keys,
            (std::vector<std::string>{"v", "detections[].colour", "detections[].sd.mood"}));
  std::string many;
  for (int i = 0; i < 100; ++i) many += ",\"k" + std::to_string(i) + "\":0";
  EXPECT_EQ(Read(Line("{\"range_m\":1" + many + "}"))->unknown_keys.size(), 32U);
}

struct Refusal {
  std::string line, field, what;
};
void PrintTo(const Refusal& refusal, std::ostream* out) {
  *out << refusal.line.substr(0, 200) << " -> " << refusal.field;
}

class ReportRefusal : public testing::TestWithParam<Refusal> {};

TEST_P(ReportRefusal, NamesFieldAndReason) {
  const auto parsed = Read(GetParam().line);
  ASSERT_FALSE(parsed);
  EXPECT_EQ(parsed.error().field, GetParam().field) << parsed.error().Text();
  EXPECT_NE(parsed.error().what.find(GetParam().what), std::string::npos) << parsed.error().Text();
}

Refusal Bad(const std::string& detection, const std::string& field, const std::string& what) {
  return {Line("{\"range_m\":1}," + detection), "detections[1]" + field, what};
}

std::string Claims(int count) {
  std::string claims;
  for (int i = 0; i < count; ++i) claims += (i > 0 ? ",\"" : "\"") + std::to_string(i) + "\":\"x\"";
  return R"({"range_m":1,"identity":{)" + claims + "}}";
}

INSTANTIATE_TEST_SUITE_P(
    Lines, ReportRefusal,
    testing::Values(
        Refusal{"", "", "is empty"}, Refusal{"   ", "", "is empty"},
        Refusal{"[1]", "", "is an array, expected an object"},
        Refusal{"7", "", "is a number, expected an object"},
        Refusal{"{\"time\":1", "", "is no JSON"}, Refusal{"nonsense", "", "is no JSON"},
        Refusal{"{\"time\":1,\"sensor\":\"\xff\",\"detections\":[]}", "", "not UTF-8"},
        Refusal{std::string("{\"time\":1,\"sensor\":\"a\0b\"}", 25), "", "is no JSON"},
        Refusal{Line("{\"range_m\":NaN}"), "", "is no JSON"},
        Refusal{Line("{\"range_m\":Infinity}"), "", "is no JSON"},
        Refusal{Line("{\"range_m\":1e309}"), "", "malformed or too large"},
        Refusal{Line("{\"range_m\":+1}"), "", "is no JSON"},
        Refusal{Line("{\"range_m\":01}"), "", "is no JSON"},
        Refusal{Line("{\"range_m\":1}") + "}", "", "is no JSON"},
        Refusal{Line("{\"range_m\":1},"), "", "is no JSON"},
        Refusal{Line(std::string(1000, '[') + std::string(1000, ']')), "", "nested deeper than 16"},
        Refusal{R"({"sensor":"s","detections":[]})", "time", "is missing"},
        Refusal{R"({"time":1,"detections":[]})", "sensor", "is missing"},
        Refusal{R"({"time":1,"sensor":"s"})", "detections", "is missing"},
        Refusal{R"({"time":1,"time":1,"sensor":"s","detections":[]})", "time", "stands twice"},
        Refusal{R"({"time":"yesterday","sensor":"s","detections":[]})", "time", "is no time"},
        Refusal{R"({"time":"2026-02-30T00:00:00Z","sensor":"s","detections":[]})", "time",
                "no time"},
        Refusal{R"({"time":-1,"sensor":"s","detections":[]})", "time", "is no time from 1970"},
        Refusal{R"({"time":1772323200000,"sensor":"s","detections":[]})", "time", "is no time"},
        Refusal{R"({"time":null,"sensor":"s","detections":[]})", "time",
                "is null, expected a time"},
        Refusal{R"({"time":1,"received":true,"sensor":"s","detections":[]})", "received",
                "is true or false"},
        Refusal{R"({"time":1,"sensor":7,"detections":[]})", "sensor", "is a number"},
        Refusal{R"({"time":1,"sensor":"","detections":[]})", "sensor", "has 0 bytes"},
        Refusal{R"({"time":1,"sensor":")" + std::string(257, 's') + R"(","detections":[]})",
                "sensor", "has 257 bytes"},
        Refusal{R"({"time":1,"sensor":"s","detections":{}})", "detections", "is no array"},
        Refusal{R"({"time":1,"sensor":"s","detections":[3]})", "detections[0]", "is no object"}));

INSTANTIATE_TEST_SUITE_P(
    Detections, ReportRefusal,
    testing::Values(
        Bad("{}", "", "measures nothing"), Bad(R"({"snr_db":3})", "", "measures nothing"),
        Bad(R"({"range_m":-1})", ".range_m", "is -1, expected a number in [0, 10000000] m"),
        Bad(R"({"range_m":1e308})", ".range_m", "is 1e+308"),
        Bad(R"({"range_m":"1"})", ".range_m", "is a string, expected a number"),
        Bad(R"({"range_m":null})", ".range_m", "is null"),
        Bad(R"({"range_m":1,"range_m":1})", ".range_m", "stands twice"),
        Bad(R"({"azimuth_deg":361})", ".azimuth_deg", "expected a number in [-360, 360] degrees"),
        Bad(R"({"elevation_deg":-90.1})", ".elevation_deg", "is -90.1"),
        Bad(R"({"range_rate_mps":1e6})", ".range_rate_mps", "is 1000000"),
        Bad(R"({"east_m":1e8})", ".east_m", "is 100000000"),
        Bad(R"({"lat_deg":91,"lon_deg":1})", ".lat_deg", "is 91"),
        Bad(R"({"lat_deg":9,"lon_deg":181})", ".lon_deg", "is 181"),
        Bad(R"({"lat_deg":9})", ".lon_deg", "is missing"),
        Bad(R"({"lon_deg":9})", ".lat_deg", "is missing"),
        Bad(R"({"range_m":1,"alt_hae_m":9})", ".lat_deg", "is missing"),
        Bad(R"({"lat_deg":0,"lon_deg":0.0})", ".lat_deg", "know no position"),
        Bad(R"({"lat_deg":1,"lon_deg":1,"alt_hae_m":1,"alt_msl_m":1})", ".alt_msl_m",
            "stands beside alt_hae_m"),
        Bad(R"({"lat_deg":1,"lon_deg":1,"alt_hae_m":2e6})", ".alt_hae_m", "is 2000000"),
        Bad(R"({"lat_deg":1,"lon_deg":1,"up_m":1})", ".up_m", "stands beside lat_deg, lon_deg"),
        Bad(R"({"vel_enu_mps":[1,2]})", ".vel_enu_mps", "an array of another length"),
        Bad(R"({"vel_enu_mps":[1,2,"3"]})", ".vel_enu_mps", "is a string"),
        Bad(R"({"vel_enu_mps":[1,2,3],"vel_up_mps":3})", ".vel_up_mps", "beside vel_enu_mps"),
        Bad(R"({"range_m":1,"time":"x"})", ".time", "is no time"),
        Bad(R"({"range_m":1,"snr_db":"high"})", ".snr_db", "is a string"),
        Bad(R"({"range_m":1,"rcs_dbsm":1e5})", ".rcs_dbsm", "is 100000"),
        Bad(R"({"range_m":1,"sd":3})", ".sd", "is no object"),
        Bad(R"({"range_m":1,"sd":{"range_m":0}})", ".sd.range_m", "is not over 0"),
        Bad(R"({"range_m":1,"sd":{"range_m":-1}})", ".sd.range_m", "is -1"),
        Bad(R"({"range_m":1,"sd":{"range_m":1,"range_m":1}})", ".sd.range_m", "stands twice"),
        Bad(R"({"range_m":1,"class":"drone"})", ".class", "is a string"),
        Bad(R"({"range_m":1,"class":{"ufo":1}})", ".class.ufo", "is no class"),
        Bad(R"({"range_m":1,"class":{"bird":1.1}})", ".class.bird", "is 1.1"),
        Bad(R"({"range_m":1,"class":{"bird":0.5,"bird":0.5}})", ".class.bird", "stands twice"),
        Bad(R"({"range_m":1,"class":{"bird":0.7,"drone":0.4}})", ".class", "sums to 1.1"),
        Bad(R"({"range_m":1,"class":{"bird":0,"drone":0,"other":0,"aircraft":0}})", ".class",
            "sums to 0"),
        Bad(R"({"range_m":1,"identity":[]})", ".identity", "is an array"),
        Bad(R"({"range_m":1,"identity":{"icao":7}})", ".identity.icao", "is a number"),
        Bad(R"({"range_m":1,"identity":{"icao":""}})", ".identity.icao", "has 0 bytes"),
        Bad(R"({"range_m":1,"identity":{"":"x"}})", ".identity", "has a key of 0 bytes"),
        Bad(R"({"range_m":1,"identity":{"a":"x","a":"x"}})", ".identity.a", "stands twice"),
        Bad(Claims(17), ".identity", "has over 16 claims")));

TEST(ReportReaderTest, SaysAtWhichByteALineStopsBeingJson) {
  const auto parsed = Read(R"({"time":1,,"sensor":"s"})");
  ASSERT_FALSE(parsed);
  EXPECT_EQ(parsed.error().byte, 10);
}

TEST(SensorNamedInTest, ToldOfLinesThatAreNoReport) {
  EXPECT_EQ(SensorNamedIn(R"({"time":1,"sensor":"radar","detections":[{"range_m":-5}]})"), "radar");
  EXPECT_EQ(SensorNamedIn(R"({"detections":[{"range_m":NaN}], "sensor" : "radar"})"), "radar");
  EXPECT_EQ(SensorNamedIn(R"({"sensor":"h\u00f6he \"1\"","det)"), "höhe \"1\"");
  EXPECT_EQ(SensorNamedIn(R"({"detections":[{"identity":{"sensor":"a"}}],"sensor":"b"})"), "b");
  EXPECT_EQ(SensorNamedIn(R"({"note":"\"sensor\":\"a\"","x":"sensor","sensor":"b"})"), "b");
  for (const char* none :
       {"", "{", "}{", R"("sensor":"a")", R"({"sensor":5})", R"({"sensor":)", R"({"sensor")",
        R"({"sensor":"a)", R"({"sensor":"\)", R"({"a":{"sensor":"b"}})", R"(["sensor","a"])"}) {
    EXPECT_EQ(SensorNamedIn(none), "") << none;
  }
  EXPECT_EQ(SensorNamedIn("{\"sensor\":\"" + std::string(100'000, 'x') + "\"}"), "");
}

TEST(ReportReaderTest, LimitsHoldBeforeMemoryIsSpent) {
  ReportReader reader;
  const auto too_long = reader.Read(Line(std::string(kMaxReportBytes, ' ')));
  ASSERT_FALSE(too_long);
  EXPECT_NE(too_long.error().what.find("expected at most 8388608"), std::string::npos);
  std::string many = "{\"up_m\":1}";
  for (std::size_t i = 0; i < kMaxDetections; ++i) many += ",{\"up_m\":1}";
  const auto too_many = reader.Read(Line(many));
  ASSERT_FALSE(too_many);
  EXPECT_EQ(too_many.error().Text(), "detections: has over 100000 members");
  const auto too_deep = reader.Read(std::string(4'000'000, '['));
  ASSERT_FALSE(too_deep);
  // After all that the same reader reads on.
  EXPECT_TRUE(reader.Read(Line("{\"range_m\":1}")));
  many.resize(many.size() - std::string(",{\"up_m\":1}").size());
  EXPECT_EQ(reader.Read(Line(many))->report.detections.size(), kMaxDetections);
}

TEST(ReportWriterTest, ZeroHasNoSign) {
  ReportReader reader;
  const auto parsed =
      reader.Read(R"({"time":1,"sensor":"r","detections":[{"range_m":-0e400,"azimuth_deg":0}]})");
  ASSERT_TRUE(parsed);
  const std::string line = WriteReport(parsed->report);
  EXPECT_NE(line.find("\"range_m\":0,"), std::string::npos) << line;
  EXPECT_EQ(WriteReport(reader.Read(line)->report), line);
}

TEST(ReportReaderTest, CutAnywhereALineIsRefused) {
  const std::string line =
      Line(R"({"range_m":1.5,"sd":{"range_m":2},"class":{"bird":1},"identity":{"a":"b"}})");
  ASSERT_TRUE(Read(line));
  ReportReader reader;
  for (std::size_t i = 0; i < line.size(); ++i) EXPECT_FALSE(reader.Read(line.substr(0, i))) << i;
}

// ----- writing reports -----

namespace gen {

rc::Gen<double> Within(double min, double max) {
  return rc::gen::map(rc::gen::arbitrary<std::uint64_t>(), [=](std::uint64_t bits) {
    return min + (max - min) * (static_cast<double>(bits >> 11U) * 0x1.0p-53);
  });
}

Detection AnyDetection() {
  Detection d;
  const bool fix = *rc::gen::arbitrary<bool>();
  const auto maybe = [](Detection& to, Component c, double min, double max) {
    if (!*rc::gen::arbitrary<bool>()) return;
    to.Set(c, *Within(min, max), *rc::gen::arbitrary<bool>() ? *Within(0.001, 0.02) : 0.0);
  };
  d.Set(Component::kRange, *Within(0, 1e6));
  maybe(d, Component::kAzimuth, 0, 6.283);
  maybe(d, Component::kElevation, -1.57, 1.57);
  maybe(d, Component::kRangeRate, -500, 500);
  maybe(d, Component::kVelEast, -99, 99);
  maybe(d, Component::kVelNorth, -99, 99);
  maybe(d, Component::kVelUp, -99, 99);
  maybe(d, Component::kRangeDifference, -1e5, 1e5);
  if (fix) {
    d.fix = Fix{*Within(-90, 90), *Within(-180, 180), std::nullopt, std::nullopt};
    const int height = *rc::gen::inRange(0, 3);
    if (height == 1) d.fix->hae = HeightHae{*Within(-100, 1e4)};
    if (height == 2) d.fix->amsl = HeightAmsl{*Within(-100, 1e4)};
  } else {
    maybe(d, Component::kEast, -1e5, 1e5);
    maybe(d, Component::kNorth, -1e5, 1e5);
    maybe(d, Component::kUp, -1e5, 1e5);
  }
  if (*rc::gen::arbitrary<bool>()) d.time = Time::Ns(*rc::gen::inRange<std::int64_t>(0, 1LL << 62));
  if (*rc::gen::arbitrary<bool>()) d.snr_db = *Within(-10, 60);
  if (*rc::gen::arbitrary<bool>()) d.rcs_dbsm = *Within(-50, 20);
  if (*rc::gen::arbitrary<bool>()) {
    const double bird = *Within(0, 1);
    d.class_probability = {(1 - bird) / 2, (1 - bird) / 2, bird, 0, 0};
  }
  if (*rc::gen::arbitrary<bool>()) {
    const auto text = *rc::gen::nonEmpty(rc::gen::string<std::string>());
    // JSON texts are UTF-8: keep to ASCII, control characters included.
    std::string ascii;
    for (const char c : text.substr(0, 100)) ascii += static_cast<char>(c & 0x7f);
    d.identity.emplace_back("kind \"x\"\\\n", ascii);
  }
  return d;
}

Report AnyReport() {
  Report report;
  report.time = Time::Ns(*rc::gen::inRange<std::int64_t>(0, 1LL << 62));
  if (*rc::gen::arbitrary<bool>()) report.received = report.time + Duration::Seconds(0.5);
  report.sensor = "radar-\u00e9";
  const int count = *rc::gen::inRange(0, 4);
  for (int i = 0; i < count; ++i) report.detections.push_back(AnyDetection());
  return report;
}

}  // namespace gen

RC_GTEST_PROP(ReportWriterTest, WhatIsWrittenReadsBackEqual, ()) {
  const Report report = gen::AnyReport();
  const std::string line = WriteReport(report);
  const auto parsed = Read(line);
  RC_ASSERT(parsed.has_value());
  RC_ASSERT(parsed->unknown_keys.empty());
  RC_ASSERT(Same(report, parsed->report, 1.0));
  // From then on nothing moves any more, and the text stays the same.
  const std::string again = WriteReport(parsed->report);
  RC_ASSERT(Same(parsed->report, Read(again)->report, 0.0));
  RC_ASSERT(again == WriteReport(Read(again)->report));
}

// One writer for many reports, which remembers what it has written, gives the same lines.
RC_GTEST_PROP(ReportWriterTest, ManyReportsAreWrittenAsEachIs, ()) {
  std::vector<Report> reports;
  reports.push_back(gen::AnyReport());
  reports.push_back(gen::AnyReport());
  reports.push_back(Report(reports[0]));
  reports[2].time = reports[2].time + Duration::Ns(1);
  reports.push_back(Report(reports[1]));
  reports[3].time = Time::Ns(-1);
  reports.push_back(Report(reports[0]));
  ReportWriter writer;
  for (const Report& report : reports) {
    RC_ASSERT(std::string(writer.Write(report)) == WriteReport(report) + "\n");
  }
}

TEST(ReportWriterTest, AThousandNumbersThatShareFewPlaces) {
  ReportWriter writer;
  Report report;
  report.sensor = "s";
  report.detections.resize(1);
  for (int i = 0; i < 3000; ++i) {
    report.time = Time::Ns(1'770'000'000'000'000'000 + i * 333'333'333LL);
    report.detections[0].Set(Component::kEast, i % 7 == 0 ? 0.0 : 0.1 * i, -0.0 + i % 5);
    report.detections[0].Set(Component::kNorth, i % 2 == 0 ? -0.0 : 1e300 / (i + 1), 1.0 / (i + 1));
    ASSERT_EQ(writer.Write(report), WriteReport(report) + "\n") << i;
  }
}

RC_GTEST_PROP(ReportWriterTest, DegreesThatWereReadAreWrittenAsTheyWere, ()) {
  const int hundredths = *rc::gen::inRange(0, 36000);
  const std::string text = fmt::format("{}", hundredths / 100.0);
  const auto parsed = Read(Line("{\"azimuth_deg\":" + text + "}"));
  const Json written = Json::parse(WriteReport(parsed->report));
  RC_ASSERT(written["detections"][0]["azimuth_deg"].get<double>() == hundredths / 100.0);
}

TEST(ReportWriterTest, TextThatIsNoUtf8IsWrittenAsJsonAllTheSame) {
  Report report;
  report.sensor = "a\xff\x01\"";
  const std::string line = WriteReport(report);
  EXPECT_EQ(Read(line)->report.sensor, "a\u00ff\x01\"") << line;
}

// ----- truth -----

TEST(TruthTest, ReadsBothKindsOfPosition) {
  const LocalFrame frame({37.5, 127.0, HeightHae{10}});
  const auto geodetic = ReadTruth(
      R"({"time":"2026-03-01T00:00:00Z","note":1,"targets":[{"id":"d1","class":"bird",
          "lat_deg":37.6,"lon_deg":127.1,"alt_hae_m":120,"vel_enu_mps":[1,2,3]}]})",
      nullptr);
  ASSERT_TRUE(geodetic) << geodetic.error().Text();
  ASSERT_EQ(geodetic->targets.size(), 1U);
  EXPECT_EQ(geodetic->targets[0].id, "d1");
  EXPECT_EQ(geodetic->targets[0].target_class, TargetClass::kBird);
  EXPECT_EQ(geodetic->targets[0].position.lat_deg, 37.6);
  EXPECT_EQ(geodetic->targets[0].position.height.m, 120.0);
  EXPECT_EQ(geodetic->targets[0].vel_enu_mps, (std::array<double, 3>{1, 2, 3}));
  EXPECT_FALSE(geodetic->targets[0].enu_m);

  const auto local =
      ReadTruth(R"({"time":1,"targets":[{"id":7,"enu_m":[1000,-2000,30]}]})", &frame);
  ASSERT_TRUE(local) << local.error().Text();
  EXPECT_EQ(local->targets[0].id, "7");
  EXPECT_EQ(local->targets[0].target_class, TargetClass::kOther);
  EXPECT_EQ(local->targets[0].enu_m, (std::array<double, 3>{1000, -2000, 30}));
  EXPECT_NEAR((frame.ToLocal(local->targets[0].position) - Eigen::Vector3d(1000, -2000, 30)).norm(),
              0.0, 1e-6);
  EXPECT_TRUE(std::isnan(local->targets[0].vel_enu_mps[0]));
}

TEST(TruthTest, RefusalsNameTheField) {
  const auto refusal = [](const std::string& target) {
    const auto truth = ReadTruth(R"({"time":1,"targets":[)" + target + "]}", nullptr);
    EXPECT_FALSE(truth);
    return truth ? "" : truth.error().Text();
  };
  EXPECT_EQ(refusal(R"({"lat_deg":1,"lon_deg":1,"alt_hae_m":1})"), "targets[0].id: is missing");
  EXPECT_EQ(
      refusal(R"({"id":"a","lat_deg":1,"lon_deg":1})").rfind("targets[0]: has no position", 0), 0U);
  EXPECT_EQ(refusal(R"({"id":"a","enu_m":[1,2,3]})"),
            "targets[0].enu_m: is all there is, expected lat_deg, lon_deg, alt_hae_m");
  EXPECT_EQ(refusal(R"({"id":"a","lat_deg":0,"lon_deg":0,"alt_hae_m":1})").substr(0, 18),
            "targets[0].lat_deg");
  EXPECT_EQ(
      refusal(R"({"id":"a","class":"drone","lat_deg":1,"lon_deg":1,"alt_hae_m":1})").substr(0, 16),
      "targets[0].class");
  EXPECT_EQ(ReadTruth(R"({"targets":[]})", nullptr).error().Text(), "time: is missing");
  EXPECT_EQ(ReadTruth(R"({"time":1})", nullptr).error().Text(), "targets: is missing");
}

TEST(TruthTest, WhatIsWrittenReadsBackEqual) {
  Truth truth;
  truth.time = Time::Ns(1'772'323'200'000'000'001);
  TruthTarget target;
  target.id = "d\"1";
  target.target_class = TargetClass::kFixedWing;
  target.position = {37.123456789012345, -0.1, HeightHae{1.0 / 3.0}};
  target.vel_enu_mps = {0.1, -0.2, 1e-17};
  truth.targets.push_back(target);
  target.enu_m = {1.1, 2.2, 3.3};
  target.vel_enu_mps.fill(std::nan(""));
  truth.targets.push_back(target);
  const auto read = ReadTruth(WriteTruth(truth), nullptr);
  ASSERT_TRUE(read) << read.error().Text();
  EXPECT_EQ(read->time, truth.time);
  ASSERT_EQ(read->targets.size(), 2U);
  EXPECT_EQ(read->targets[0].id, "d\"1");
  EXPECT_EQ(read->targets[0].target_class, TargetClass::kFixedWing);
  EXPECT_EQ(read->targets[0].position.lat_deg, 37.123456789012345);
  EXPECT_EQ(read->targets[0].position.lon_deg, -0.1);
  EXPECT_EQ(read->targets[0].position.height.m, 1.0 / 3.0);
  EXPECT_EQ(read->targets[0].vel_enu_mps, truth.targets[0].vel_enu_mps);
  EXPECT_EQ(read->targets[1].enu_m, target.enu_m);
  EXPECT_TRUE(std::isnan(read->targets[1].vel_enu_mps[2]));
}

// ----- tracks -----

std::vector<Sensor> Sensors() {
  std::vector<Sensor> sensors(3);
  sensors[0].id = "radar";
  sensors[1].id = "adsb";
  sensors[2].id = "remote id";
  sensors[1].look = sensors[2].look = LookKind::kSelfReport;
  return sensors;
}

Picture MadeUpPicture() {
  Picture picture;
  picture.time = *Time::Parse("2026-03-01T12:00:00.25Z");
  Track track;
  track.id = 17;
  track.existence = 0.998;
  track.confirmed = true;
  track.mean << 1000.1, -2000.2, 150.3, 10.4, -20.5, 0.6;
  for (int i = 0; i < 6; ++i) {
    for (int j = 0; j < 6; ++j) track.covariance(i, j) = i == j ? 4.0 + i : 0.1 / (1 + i + j);
  }
  track.class_probability = {0.05, 0.93, 0.02, 0, 0};
  track.identity = {{"icao", "406B90"}};
  track.first_evidence = *Time::Parse("2026-03-01T11:59:00Z");
  track.nis_sum = 17.5;
  track.nis_degrees = 16;
  track.first_position = {10.0, -20.5, 30.0};
  track.first_position_sd = {1.0, 2.0, 3.5};
  track.last_detection = *Time::Parse("2026-03-01T12:00:00Z");
  track.sources = {{0, 12}, {1, 4}};
  picture.tracks.push_back(track);
  track.id = 18;
  track.confirmed = false;
  track.class_probability = {};
  track.identity.clear();
  track.sources = {{1, 3}};
  picture.tracks.push_back(track);
  return picture;
}

TEST(ChangesTest, ATrackIsToldOfWhenItChanged) {
  const LocalFrame frame({37.5, 127.0, HeightHae{0}});
  Picture picture = MadeUpPicture();
  ChangesWriter writer;
  const auto told = [&](double later_s) {
    picture.time = picture.time + Duration::Seconds(later_s);
    return Json::parse(writer.Write(picture, frame, Sensors()));
  };
  Json first = told(0.0);
  EXPECT_EQ(first["time"], "2026-03-01T12:00:00.250000000Z");
  EXPECT_TRUE(first["gone"].empty());
  const Json whole = Json::parse(WritePicture(picture, frame, Sensors(), false));
  EXPECT_EQ(first["tracks"], whole["tracks"]) << "what is new is told in whole";

  EXPECT_TRUE(told(0.1)["tracks"].empty()) << "nothing happened";
  picture.tracks[1].mean << 1000.126, -0.004, 0.0, 1e9, -20.5, 0.6;
  picture.tracks[1].last_detection = picture.time;
  const Json moved = told(0.1)["tracks"];
  ASSERT_EQ(moved.size(), 1U);
  EXPECT_EQ(moved[0]["id"], 18);
  EXPECT_EQ(moved[0]["enu_m"], Json({1000.13, 0, 0}));
  EXPECT_EQ(moved[0]["vel_enu_mps"], Json({1e9, -20.5, 0.6}));
  EXPECT_EQ(moved[0]["sd_m"], Json({2, 2.24, 2.45}));
  EXPECT_NEAR(moved[0]["lat_deg"].get<double>(), 37.5, 1e-6);
  EXPECT_FALSE(moved[0].contains("sources"));

  picture.tracks[0].existence -= 0.011;
  EXPECT_EQ(told(0.1)["tracks"][0]["existence"], 0.987);
  EXPECT_EQ(told(0.9)["tracks"].size(), 1U) << "a second after the last";
  picture.tracks[0].class_probability = {0.9, 0.1, 0, 0, 0};
  EXPECT_TRUE(told(0.0)["tracks"][0].contains("sources")) << "another class is told in whole";
  EXPECT_TRUE(told(10.0)["tracks"][1].contains("sources")) << "from time to time in whole";

  picture.tracks.erase(picture.tracks.begin());
  picture.tracks.push_back(picture.tracks.back());
  picture.tracks.back().id = 19;
  const Json swapped = told(0.0);
  EXPECT_EQ(swapped["gone"], Json({17}));
  ASSERT_EQ(swapped["tracks"].size(), 1U);
  EXPECT_EQ(swapped["tracks"][0]["id"], 19);
  picture.tracks.clear();
  EXPECT_EQ(told(0.0)["gone"], Json({18, 19}));
}

TEST(ChangesTest, WhatEndsAfterAWholePictureIsGone) {
  const LocalFrame frame({37.5, 127.0, HeightHae{0}});
  Picture picture = MadeUpPicture();
  ChangesWriter writer;
  writer.Begin(picture, Sensors());
  picture.tracks.erase(picture.tracks.begin());
  const Json changes = Json::parse(writer.Write(picture, frame, Sensors()));
  EXPECT_EQ(changes["gone"], Json({17}));
  EXPECT_TRUE(changes["tracks"].empty()) << "what is as it was told is not told again";
}

TEST(PictureTest, LineHasTheKeysOfTheContract) {
  const LocalFrame frame({37.5, 127.0, HeightHae{0}});
  const Json line = Json::parse(WritePicture(MadeUpPicture(), frame, Sensors(), true));
  EXPECT_EQ(line["time"], "2026-03-01T12:00:00.250000000Z");
  ASSERT_EQ(line["tracks"].size(), 2U);
  const Json& track = line["tracks"][0];
  EXPECT_EQ(track["id"], 17);
  EXPECT_EQ(track["existence"], 0.998);
  const Geodetic position = frame.ToGeodetic({1000.1, -2000.2, 150.3});
  EXPECT_EQ(track["lat_deg"], position.lat_deg);
  EXPECT_EQ(track["lon_deg"], position.lon_deg);
  EXPECT_EQ(track["alt_hae_m"], position.height.m);
  EXPECT_EQ(track["enu_m"], Json({1000.1, -2000.2, 150.3}));
  EXPECT_EQ(track["vel_enu_mps"], Json({10.4, -20.5, 0.6}));
  EXPECT_EQ(track["sd_m"], Json({2.0, std::sqrt(5.0), std::sqrt(6.0)}));
  ASSERT_EQ(track["cov"].size(), 36U);
  EXPECT_EQ(track["cov"][1], 0.1 / 2);
  EXPECT_EQ(track["cov"][7], 5.0);
  EXPECT_EQ(track["class"]["fixed_wing"], 0.93);
  EXPECT_EQ(track["identity"], Json({{"icao", "406B90"}}));
  EXPECT_EQ(track["sources"], Json({{"radar", 12}, {"adsb", 4}}));
  EXPECT_EQ(track["corroborated"], true);
  EXPECT_EQ(track["first_evidence"], "2026-03-01T11:59:00.000000000Z");
  EXPECT_EQ(track["last_detection"], "2026-03-01T12:00:00.000000000Z");
  EXPECT_FALSE(track.contains("confirmed"));
  const Json& tentative = line["tracks"][1];
  EXPECT_EQ(tentative["confirmed"], false);
  EXPECT_EQ(tentative["corroborated"], false);
  EXPECT_FALSE(tentative.contains("class") || tentative.contains("identity"));
  const Json live = Json::parse(WritePicture(MadeUpPicture(), frame, Sensors(), false));
  EXPECT_FALSE(live["tracks"][0].contains("cov"));
}

TEST(PictureTest, ATargetsOwnWordAloneIsNoCorroboration) {
  Track track;
  const auto with = [&](std::vector<std::pair<SensorIndex, std::uint32_t>> sources) {
    track.sources = std::move(sources);
    return Corroborated(track, Sensors());
  };
  EXPECT_FALSE(with({}));
  EXPECT_FALSE(with({{1, 100}}));
  EXPECT_FALSE(with({{0, 0}, {1, 3}}));
  EXPECT_TRUE(with({{0, 1}}));
  EXPECT_TRUE(with({{1, 1}, {2, 1}}));
}

TEST(PictureTest, WhatIsWrittenReadsBackEqual) {
  const LocalFrame frame({37.5, 127.0, HeightHae{0}});
  const Picture picture = MadeUpPicture();
  const std::string line = WritePicture(picture, frame, Sensors(), true);
  const auto read = ReadPicture(line);
  ASSERT_TRUE(read) << read.error().Text();
  EXPECT_EQ(read->time, picture.time);
  ASSERT_EQ(read->tracks.size(), 2U);
  for (std::size_t i = 0; i < 2; ++i) {
    const Track& a = picture.tracks[i];
    const Track& b = read->tracks[i];
    EXPECT_EQ(a.id, b.id);
    EXPECT_EQ(a.existence, b.existence);
    EXPECT_EQ(a.confirmed, b.confirmed);
    EXPECT_EQ(a.mean, b.mean);
    EXPECT_EQ(a.covariance, b.covariance);
    EXPECT_EQ(a.class_probability, b.class_probability);
    EXPECT_EQ(a.identity, b.identity);
    EXPECT_EQ(a.first_evidence, b.first_evidence);
    EXPECT_TRUE(a.first_position.isApprox(b.first_position, 1e-9));
    EXPECT_TRUE(a.first_position_sd.isApprox(b.first_position_sd, 1e-9));
    EXPECT_EQ(a.last_detection, b.last_detection);
    EXPECT_EQ(a.nis_sum, b.nis_sum);
    EXPECT_EQ(a.nis_degrees, b.nis_degrees);
  }
  const auto elsewhere = ReadPicture(line, &frame);
  ASSERT_TRUE(elsewhere);
  EXPECT_NEAR((elsewhere->tracks[0].mean - picture.tracks[0].mean).norm(), 0.0, 1e-6);
}

TEST(PictureTest, RefusalsNameTheField) {
  const auto refusal = [](const std::string& track) {
    const auto picture = ReadPicture(R"({"time":1,"tracks":[)" + track + "]}");
    EXPECT_FALSE(picture);
    return picture ? "" : picture.error().Text();
  };
  EXPECT_EQ(refusal(R"({"enu_m":[1,2,3]})"), "tracks[0].id: is missing");
  EXPECT_EQ(refusal(R"({"id":0,"enu_m":[1,2,3]})"), "tracks[0].id: is no whole number from 1");
  EXPECT_EQ(refusal(R"({"id":1,"lat_deg":1,"lon_deg":2,"alt_hae_m":3})"),
            "tracks[0].enu_m: is missing");
  EXPECT_EQ(refusal(R"({"id":1,"enu_m":[1,2,3],"cov":[1,2]})"),
            "tracks[0].cov: is no array of 36 numbers");
  EXPECT_EQ(refusal(R"({"id":1,"enu_m":[1,2,3],"existence":1.5})"),
            "tracks[0].existence: is 1.5, expected a number in [0, 1]");
  EXPECT_EQ(refusal(R"({"id":1,"enu_m":[1,2,3],"confirmed":1})"),
            "tracks[0].confirmed: is not true or false");
  EXPECT_EQ(refusal("7"), "tracks[0]: is no object");
}

TEST(RecogniseLineTest, KnowsLinesByTheirList) {
  EXPECT_EQ(RecogniseLine(R"({"time":1,"detections":[]})"), JsonLines::kReports);
  EXPECT_EQ(RecogniseLine(R"({"time":1,"targets":[]})"), JsonLines::kTruth);
  EXPECT_EQ(RecogniseLine(R"({"time":1,"tracks":[]})"), JsonLines::kTracks);
  EXPECT_FALSE(RecogniseLine(R"({"time":1})"));
  EXPECT_FALSE(RecogniseLine("[]"));
  EXPECT_FALSE(RecogniseLine(R"({"detections")"));
}

// ----- alerts -----

TEST(AlertTest, LineHasItsKeys) {
  Alert alert;
  alert.id = 3;
  alert.time = *Time::Parse("2026-03-01T12:00:00Z");
  alert.level = AlertLevel::kAlarm;
  alert.track = 17;
  alert.place = "Terminal \"1\"";
  alert.text = "A drone comes";
  alert.probability = 0.9;
  alert.earliest_arrival_s = 60;
  alert.median_arrival_s = 80.5;
  alert.latest_arrival_s = 100;
  EXPECT_EQ(Json::parse(WriteAlert(alert)), Json({{"id", 3},
                                                  {"time", "2026-03-01T12:00:00.000000000Z"},
                                                  {"level", "alarm"},
                                                  {"track", 17},
                                                  {"place", "Terminal \"1\""},
                                                  {"text", "A drone comes"},
                                                  {"probability", 0.9},
                                                  {"arrival_s", {60, 80.5, 100}}}));
  alert.place.clear();
  alert.area = "P-73";
  alert.latest_arrival_s.reset();
  const Json line = Json::parse(WriteAlert(alert));
  EXPECT_FALSE(line.contains("place"));
  EXPECT_EQ(line["area"], "P-73");
  EXPECT_TRUE(line["arrival_s"].is_null());
}

}  // namespace
}  // namespace picket
