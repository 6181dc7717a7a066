// SPDX-License-Identifier: Apache-2.0
#include "site_detect.h"

#include <fmt/format.h>

#include <cmath>

#include "picket/geo/angle.h"

namespace picket {
namespace {

constexpr NumberRange kProbability{0.0, 1.0, "", true, true};
constexpr NumberRange kShare{0.0, 1.0, ""};
constexpr NumberRange kSomeShare{0.0, 1.0, "", true};
constexpr NumberRange kDb{-200.0, 200.0, "dB"};
constexpr NumberRange kGainDb{-20.0, 80.0, "dB"};
constexpr NumberRange kLossDb{0.0, 100.0, "dB"};
constexpr NumberRange kBeam{0.0, 90.0, "degrees", true};

void Read(TomlTable& of, std::string_view key, const NumberRange& range, double& value,
          double unit = 1.0) {
  if (const auto number = of.Number(key, range)) value = *number * unit;
}

/// A whole number.
void Read(TomlTable& of, std::string_view key, const NumberRange& range, int& value) {
  const auto number = of.Number(key, range);
  if (!number) return;
  if (*number != std::floor(*number)) {
    of.Fail(key, fmt::format("is {:.10g}, expected a whole number", *number));
    return;
  }
  value = static_cast<int>(*number);
}

/// `key = { multirotor = ..., bird = ... }`: classes that are left out keep what they have.
void Read(TomlTable& of, std::string_view key, const NumberRange& range, ByClass& values) {
  auto classes = of.Table(key);
  if (!classes) return;
  for (std::size_t c = 0; c < kTargetClasses; ++c) {
    Read(*classes, ClassName(static_cast<TargetClass>(c)), range, values[c]);
  }
  classes->Finish();
}

RadarModel ReadRadar(TomlTable& of, const Weather& weather) {
  constexpr std::array<std::string_view, 3> kSurfaces = {"none", "land", "sea"};
  constexpr std::array<std::string_view, 2> kPolarizations = {"horizontal", "vertical"};
  RadarParameters p;
  Read(of, "power_w", {0.0, 1e9, "W", true}, p.power_w);
  Read(of, "integration_s", {0.0, 100.0, "s", true}, p.integration_s);
  Read(of, "looks", {1.0, 1000.0, ""}, p.looks);
  Read(of, "gain_db", kGainDb, p.gain_db);
  p.receive_gain_db = p.gain_db;
  Read(of, "receive_gain_db", kGainDb, p.receive_gain_db);
  Read(of, "frequency_ghz", {0.03, 300.0, "GHz"}, p.frequency_hz, 1e9);
  Read(of, "noise_figure_db", kLossDb, p.noise_figure_db);
  Read(of, "loss_db", kLossDb, p.loss_db);
  Read(of, "false_alarm", {1e-15, 0.1, ""}, p.false_alarm);
  Read(of, "swerling", {0.0, 4.0, ""}, p.swerling);
  Read(of, "rcs_dbsm", {-80.0, 60.0, "dBsm"}, p.rcs_dbsm);
  Read(of, "notch_mps", {0.0, 100.0, "m/s"}, p.notch_mps);
  Read(of, "blind_speed_mps", {0.0, 1e5, "m/s"}, p.blind_speed_mps);
  Read(of, "azimuth_beam_deg", kBeam, p.azimuth_beam_rad, kRadPerDeg);
  Read(of, "elevation_beam_deg", kBeam, p.elevation_beam_rad, kRadPerDeg);
  Read(of, "range_resolution_m", {0.0, 1e5, "m", true}, p.range_resolution_m);
  Read(of, "land_gamma_db", {-40.0, 10.0, "dB"}, p.land_gamma_db);
  Read(of, "improvement_db", kLossDb, p.improvement_db);
  if (const auto s = of.Choice("surface", kSurfaces)) p.clutter = static_cast<Surface>(*s);
  if (const auto s = of.Choice("polarization", kPolarizations)) {
    p.polarization = static_cast<Polarization>(*s);
  }
  p.multipath = of.Flag("multipath").value_or(false);
  if (p.multipath && p.clutter != Surface::kSea) {
    of.Fail("multipath", "is true, expected only with surface = \"sea\"");
  }
  if (p.blind_speed_mps > 0.0 && p.blind_speed_mps <= 2.0 * p.notch_mps) {
    of.Fail("blind_speed_mps",
            "leaves nothing between its notches, expected more than twice "
            "notch_mps");
  }
  return {p, weather};
}

RadioModel ReadRadio(TomlTable& of, const Weather& weather) {
  RadioParameters p;
  if (!of.Has("eirp_dbm")) {
    of.Fail("eirp_dbm",
            "is missing, expected the radiated power of each class that transmits, "
            "such as { multirotor = 20 }");
  }
  Read(of, "eirp_dbm", {-100.0, 100.0, "dBm"}, p.eirp_dbm);
  Read(of, "active", kShare, p.active);
  Read(of, "frequency_mhz", {1.0, 300'000.0, "MHz"}, p.frequency_hz, 1e6);
  Read(of, "gain_dbi", kGainDb, p.gain_dbi);
  Read(of, "sensitivity_dbm", {-200.0, 50.0, "dBm"}, p.sensitivity_dbm);
  Read(of, "shadowing_db", {0.1, 30.0, "dB"}, p.shadowing_db);
  Read(of, "transmissions", {0.0, 1e6, "a look", true}, p.transmissions);
  Read(of, "reception", kSomeShare, p.reception);
  return {p, weather};
}

AcousticModel ReadAcoustic(TomlTable& of, const Weather& weather) {
  AcousticParameters p;
  Read(of, "source_db", kDb, p.source_db);
  Read(of, "frequency_hz", {20.0, 20'000.0, "Hz"}, p.frequency_hz);
  Read(of, "background_db", kDb, p.background_db);
  Read(of, "wind_noise_db", kDb, p.wind_noise_db);
  Read(of, "array_gain_db", kGainDb, p.array_gain_db);
  Read(of, "threshold_db", {-60.0, 60.0, "dB"}, p.threshold_db);
  Read(of, "spread_db", {0.1, 30.0, "dB"}, p.spread_db);
  return {p, weather};
}

OpticalModel ReadOptical(TomlTable& of, const Weather& weather) {
  OpticalParameters p;
  Read(of, "size_m", {0.0, 1000.0, "m", true}, p.size_m);
  Read(of, "pixel_mrad", {0.0, 100.0, "mrad", true}, p.pixel_rad, 1e-3);
  Read(of, "cycles_50", {0.0, 100.0, "line pairs", true}, p.cycles_50);
  Read(of, "contrast", kSomeShare, p.contrast);
  Read(of, "least_contrast", kSomeShare, p.least_contrast);
  Read(of, "least_lux", {0.0, 1e6, "lux"}, p.least_lux);
  Read(of, "extinction", {0.0, 100.0, ""}, p.extinction);
  Read(of, "attention", kSomeShare, p.attention);
  return {p, weather};
}

ObserverModel ReadObserver(TomlTable& of, const Weather& weather, double period_s) {
  ObserverParameters p;
  p.look_s = period_s;
  Read(of, "area_m2", {0.0, 1e5, "m2", true}, p.area_m2);
  Read(of, "search_per_sr_s", {0.0, 1e8, "per sr s", true}, p.search_per_sr_s);
  Read(of, "attention", kSomeShare, p.attention);
  Read(of, "look_s", {0.0, 86'400.0, "s", true}, p.look_s);
  Read(of, "full_light_lux", {0.0, 1e6, "lux", true}, p.full_light_lux);
  return {p, weather};
}

/// The models that a kind of sensor may have; all of them where the kind is not known. A position
/// sensor may be anything that tells positions.
std::vector<std::string_view> ModelsOf(std::optional<SensorKind> kind) {
  std::vector<std::string_view> models = {"constant", "falloff"};
  const bool any = !kind || *kind == SensorKind::kPosition;
  if (any || *kind == SensorKind::kRadar) models.emplace_back("radar_equation");
  if (any || *kind == SensorKind::kRf || *kind == SensorKind::kTdoa) {
    models.emplace_back("link_budget");
  }
  if (any || *kind == SensorKind::kAcoustic) models.emplace_back("acoustic");
  if (any || *kind == SensorKind::kCamera) models.emplace_back("optical");
  if (any || *kind == SensorKind::kObserver) models.emplace_back("observer");
  return models;
}

/// What a table states of the weather.
std::vector<std::pair<double Weather::*, double>> ReadStated(TomlTable& of) {
  struct Key {
    std::string_view name;
    NumberRange range;
    double Weather::*what;
  };
  static constexpr Key kKeys[] = {
      {"rain_mmph", {0.0, 500.0, "mm/h"}, &Weather::rain_mmph},
      {"visibility_m", {1.0, 1e6, "m"}, &Weather::visibility_m},
      {"light_lux", {0.0, 2e5, "lux"}, &Weather::light_lux},
      {"sun_share", {0.0, 1.0, "", true}, &Weather::sun_share},
      {"wind_mps", {0.0, 100.0, "m/s"}, &Weather::wind_mps},
      {"temperature_c", {-73.0, 60.0, "degrees Celsius"}, &Weather::temperature_c},
      {"humidity_percent", {1.0, 100.0, "%"}, &Weather::humidity_percent},
      {"pressure_hpa", {300.0, 1100.0, "hPa"}, &Weather::pressure_hpa},
      {"sea_state", {0.0, 6.0, ""}, &Weather::sea_state}};
  std::vector<std::pair<double Weather::*, double>> stated;
  for (const Key& key : kKeys) {
    if (const auto number = of.Number(key.name, key.range)) stated.emplace_back(key.what, *number);
  }
  const bool light = of.Has("light_lux");
  if (light && of.Has("sun_share")) {
    of.Fail("sun_share", "stands beside light_lux, expected one of the two");
  } else if (light) {
    stated.emplace_back(&Weather::sun_share, 0.0);  // a light that is stated is no longer the sun's
  }
  return stated;
}

}  // namespace

Weather ReadWeather(TomlTable& table, const Weather& base) {
  Weather w = base;
  auto of = table.Table("weather");
  if (!of) return w;
  for (const auto& [what, value] : ReadStated(*of)) w.*what = value;
  of->Finish();
  return w;
}

std::vector<WeatherCourse::Hours> ReadWeatherHours(TomlTable& root) {
  std::vector<WeatherCourse::Hours> all;
  for (TomlTable& table : root.Tables("weather_hours")) {
    WeatherCourse::Hours& hours = all.emplace_back();
    constexpr NumberRange kHour{0.0, 24.0, "hours (UTC)"};
    hours.from_h = table.Number("from", kHour, Need::kRequired).value_or(0.0);
    hours.to_h = table.Number("to", kHour, Need::kRequired).value_or(0.0);
    hours.differs = ReadStated(table);
    table.Finish();
  }
  return all;
}

void ReadDetect(TomlTable& table, std::optional<SensorKind> kind, const Weather& weather,
                double period_s, DetectModel& detect) {
  auto of = table.Table("detect");
  if (!of) return;
  const std::vector<std::string_view> models = ModelsOf(kind);
  const auto chosen = of->Choice("model", models);
  const std::string_view model = chosen ? models[*chosen] : "constant";
  detect.probability = of->Number("probability", kProbability).value_or(detect.probability);
  if (model == "falloff") {
    detect.kind = DetectModel::Kind::kFalloff;
    detect.half_range_m =
        of->Number("half_range_m", {0.0, 1e6, "m", true}, Need::kRequired).value_or(1.0);
    detect.power = of->Number("power", {0.0, 100.0, "", true}).value_or(detect.power);
  } else if (model != "constant") {
    detect.kind = DetectModel::Kind::kPhysical;
    if (model == "radar_equation") detect.physical = ReadRadar(*of, weather);
    if (model == "link_budget") detect.physical = ReadRadio(*of, weather);
    if (model == "acoustic") detect.physical = ReadAcoustic(*of, weather);
    if (model == "optical") detect.physical = ReadOptical(*of, weather);
    if (detect.WavelengthM() > 0.0) detect.diffraction = of->Flag("diffraction").value_or(false);
    if (model == "observer") detect.physical = ReadObserver(*of, weather, period_s);
  }
  // With a misspelt model nobody can say which of the other keys are wrong.
  if (chosen || !of->Has("model")) of->Finish();
}

}  // namespace picket
