// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <functional>
#include <limits>
#include <mutex>
#include <nlohmann/json.hpp>
#include <numbers>
#include <optional>
#include <span>
#include <thread>

#include "commands.h"
#include "picket/io/file.h"
#include "picket/io/site.h"
#include "plan_place.h"
#include "plan_products.h"
#include "plan_visibility.h"
#include "progress.h"

namespace picket::app {
namespace {

using Json = nlohmann::ordered_json;

struct Options {
  std::string site;
  std::string out;
  std::string only;
  bool pessimistic = false;
  PlaceRequest place;
  std::string place_for = "coverage";
  std::string time;
  double cell_m = 0.0;  ///< of coverage; 0: as the terrain's
  int threads = 1;
  bool json = false;
};

constexpr std::size_t kMostCellsCombined = 200'000'000;

int Fail(const Error& error, int exit) {
  fmt::print(stderr, "{}\n", error.Text());
  return exit;
}

/// Counts what any thread has done, on a bar.
class Count {
 public:
  Count(const char* what, std::size_t all) : progress_(what), all_(all) {}
  void Done() {
    const std::lock_guard lock(mutex_);
    progress_.At(static_cast<std::int64_t>(++done_), static_cast<std::int64_t>(all_));
  }

 private:
  std::mutex mutex_;
  Progress progress_;
  std::size_t all_;
  std::size_t done_ = 0;
};

/// Calls `work` once for each of 0 ... count - 1, on some threads. What it does for one index must
/// not depend on the others, so that the number of threads changes nothing.
void ForEach(std::size_t count, int threads, const std::function<void(std::size_t)>& work) {
  std::atomic<std::size_t> next = 0;
  const auto run = [&] {
    for (std::size_t i = next++; i < count; i = next++) work(i);
  };
  std::vector<std::thread> others;
  for (int k = 1; k < threads && k < static_cast<int>(count); ++k) others.emplace_back(run);
  run();
  for (std::thread& other : others) other.join();
}

/// A sensor's id as the name of a file: what may not stand in one becomes %XX.
std::string FileName(const std::string& id) {
  std::string name;
  for (const char c : id) {
    const bool plain = c > ' ' && c != '/' && c != '\\' && c != '%' && c != 0x7F;
    if (plain && !(c == '.' && name.empty())) {
      name += c;
    } else {
      name += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return name;
}

int Plan(const Options& options) {
  auto site = ReadSite(options.site);
  if (!site) {
    for (const Error& error : site.error()) fmt::print(stderr, "{}\n", error.Text());
    return kBadInput;
  }
  auto loaded = LoadGround(std::move(*site), options.site, !options.only.empty());
  if (!loaded) {
    for (const Error& error : loaded.error()) fmt::print(stderr, "{}\n", error.Text());
    return kBadInput;
  }
  Ground ground = std::move(*loaded);
  std::optional<Time> time;
  if (!options.time.empty()) {
    time = Time::Parse(options.time);
    if (!time) {
      fmt::print(stderr, "--time: is \"{}\", expected a time such as 2026-03-01T22:00:00Z\n",
                 options.time);
      return kBadInput;
    }
    auto then = std::make_shared<PlacedSite>(*ground.site);
    then->field = std::make_shared<const DetectionField>(then->field->At(*time));
    ground.site = std::move(then);
  }
  const PlacedSite& of = *ground.site;
  const auto cells = static_cast<std::size_t>(ground.grid.columns) * ground.grid.rows;
  const bool combined = options.only == "combined";
  if (combined && cells > kMostCellsCombined) {
    fmt::print(stderr,
               "--only combined: the terrain's grid has {} x {} cells, expected at most {}; give "
               "coarser terrain\n",
               ground.grid.columns, ground.grid.rows, kMostCellsCombined);
    return kBadInput;
  }

  PlanGrid cells_of_coverage;
  if (options.only.empty()) {
    auto of_coverage = CoverageGrid(of, options.cell_m);
    if (!of_coverage) return Fail(of_coverage.error(), kBadInput);
    cells_of_coverage = std::move(*of_coverage);
  }
  std::optional<Placing> placing;
  if ((options.place.count > 0 || options.place.budget > 0.0) && options.only.empty()) {
    auto prepared = PreparePlacing(of, cells_of_coverage, options.place, time);
    if (!prepared) return Fail(prepared.error(), kBadInput);
    placing = std::move(*prepared);
  }

  std::error_code failed;
  const std::filesystem::path folder = options.out;
  std::filesystem::create_directories(combined ? folder : folder / "min-visible-height", failed);
  if (failed) {
    fmt::print(stderr, "{}: cannot be made a folder: {}\n", options.out, failed.message());
    return kSystemFailed;
  }

  Json summary;
  summary["site"] = of.site.name;
  summary["grid"] = {{"on", ground.on_map ? "the site's map" : "the terrain's own grid"},
                     {"cell_m", ground.grid.cell_m},
                     {"wkt", ground.grid.wkt}};
  std::vector<std::string> warnings;
  if (time) {
    summary["time"] = time->Text();
  } else if (std::any_of(of.field->sensors().begin(), of.field->sensors().end(),
                         [](const Sensor& sensor) { return sensor.course != nullptr; })) {
    warnings.emplace_back(
        "the site's weather goes with the time of day: this is by daylight, in the weather of no "
        "hours; say --time for another time");
  }
  if (!ground.known) {
    warnings.emplace_back("no terrain is named: the ground is the ellipsoid and nothing masks");
  } else {
    const double known = KnownPercent(ground);
    summary["terrain_known_percent"] = known;
    if (std::string partly = KnownText(known); !partly.empty()) {
      warnings.push_back(std::move(partly));
    }
  }

  const std::size_t count = of.field->sensors().size();
  std::vector<Json> entries(count);
  std::vector<View> views(count);
  std::vector<tl::expected<void, Error>> written(count);
  std::mutex reading;
  std::optional<Combined> network;
  // A raster for each thread, as many as there is room for.
  int threads = options.threads;
  if (combined) {
    network.emplace(cells);
    threads = static_cast<int>(
        std::clamp<std::size_t>(kMostCellsCombined / cells, 1, static_cast<std::size_t>(threads)));
  }
  {
    Count progress("what sensors see", count);
    ForEach(count, threads, [&](std::size_t i) {
      std::vector<float> lowest_m = network ? network->Take() : std::vector<float>();
      View view = SeenBy(ground, i, options.pessimistic, reading, lowest_m);
      if (network) network->Give(std::move(lowest_m));
      if (view.error.what.empty()) {
        const std::string& id = of.field->sensors()[i].id;
        Json& json = entries[i];
        json["id"] = id;
        if (!network) {
          const std::string file = "min-visible-height/" + FileName(id) + ".tif";
          written[i] = WriteRaster((folder / file).string(), view.grid, view.cells());
          json["file"] = file;
        }
        json["height_agl_m"] = view.height_agl_m ? Json(*view.height_agl_m) : Json();
        json["range_m"] = view.range_m;
        if (!network) json.update(Shares(view, ground.grid.cell_m));
        view.above_ground_m.reset();
      }
      views[i] = std::move(view);
      ground.terrain().Release();  // what the next sensor looks at lies elsewhere
      progress.Done();
    });
  }
  if (network) {
    const auto saved =
        WriteRaster((folder / "network.tif").string(), ground.grid, network->Finish());
    if (!saved) return Fail(saved.error(), kSystemFailed);
    summary["file"] = "network.tif";
  }
  std::size_t bad = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (!written[i]) return Fail(written[i].error(), kSystemFailed);
    warnings.insert(warnings.end(), views[i].warnings.begin(), views[i].warnings.end());
    if (views[i].error.what.empty()) {
      summary["sensors"].push_back(std::move(entries[i]));
      continue;
    }
    ++bad;
    views[i].error.source = options.site;
    warnings.push_back(views[i].error.Text());
  }
  if (options.only.empty()) {
    std::filesystem::create_directories(folder / "coverage", failed);
    if (failed) {
      fmt::print(stderr, "{}: cannot be made a folder: {}\n", options.out, failed.message());
      return kSystemFailed;
    }
    const Parallel parallel = [&](const char* what, std::size_t items,
                                  const std::function<void(std::size_t)>& work) {
      Count progress(what, items);
      ForEach(items, options.threads, [&](std::size_t i) {
        work(i);
        ground.terrain().Release();
        progress.Done();
      });
    };
    Products products = MakeProducts(of, cells_of_coverage, parallel);
    summary["coverage_cell_m"] = cells_of_coverage.cell_m;
    summary["ways_cell_m"] = products.ways.cell_m;
    if (count > kMostToLose) {
      warnings.push_back(
          fmt::format("what the loss of each sensor costs in warning time is told of up to {} "
                      "sensors; the site "
                      "has {}",
                      kMostToLose, count));
    }
    for (const Place& place : of.site.places) {
      if (const std::string outside = OutsideText(of, place); !outside.empty()) {
        warnings.push_back(options.site + ": " + outside);
      }
    }
    if (placing) {
      warnings.insert(warnings.end(), placing->warnings.begin(), placing->warnings.end());
      PlaceSensors(of, *placing, parallel, products);
      if (products.placed->sites.empty()) {
        warnings.emplace_back(placing->objective == Objective::kWarning
                                  ? "no choice of these candidates guarantees more than there is"
                                  : "no candidate site closes a gap with one more such sensor");
      }
    }
    Summarise(of, products, summary);
    const auto done = WriteProducts(of, products, warnings, folder, parallel);
    if (!done) return Fail(done.error(), kSystemFailed);
  }
  summary["warnings"] = warnings;
  const auto saved = WriteFile((folder / "summary.json").string(), summary.dump(2) + "\n");
  if (!saved) return Fail(saved.error(), kSystemFailed);
  for (const std::string& warning : warnings) fmt::print(stderr, "{}\n", warning);
  if (options.json) {
    fmt::print("{}\n", summary.dump());
  } else {
    fmt::print(stderr, "{}: what {} of {} sensors see{}\n", options.out, count - bad, count,
               options.only.empty() ? "; open index.html" : "");
  }
  return bad == count ? kBadInput : kDone;
}

}  // namespace

void AddPlan(CLI::App& app, Run& run) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand(
      "plan", "Coverage, gaps, guaranteed warning time over the terrain; where more sensors go");
  command->footer("Example: picket plan site.toml -o plan --place 2 --threads 2");
  command->add_option("SITE", options->site, "the site file (TOML)")->required();
  command
      ->add_option("-o,--out", options->out, "folder for index.html, summary.json and the rasters")
      ->required();
  command
      ->add_option(
          "--only", options->only,
          "visibility: stop after the rasters of minimum visible height; combined: only one "
          "raster, network.tif, of the lowest height in sight of any sensor")
      ->check(CLI::IsMember({"visibility", "combined"}));
  command->add_flag("--pessimistic", options->pessimistic,
                    "where neighbouring rays differ, take the higher horizon: hardly anything is "
                    "called visible that is not");
  command->add_option("--place", options->place.count, "say where this many more sensors help most")
      ->check(CLI::Range(1, 1000));
  command
      ->add_option("--budget", options->place.budget,
                   "the same, or of at most that many, for sensors that cost this much together")
      ->check(Between(1e-6, 1e12));
  std::vector<CLI::Option*> of_placing;
  of_placing.push_back(
      command
          ->add_option("--for", options->place_for,
                       "what sensors are placed for: coverage: to close most of the gaps; warning: "
                       "to make the guaranteed warning time of the site's places longest, wherever "
                       "it is the shortest; left out: coverage")
          ->check(CLI::IsMember({"coverage", "warning"})));
  of_placing.push_back(
      command
          ->add_option("--like", options->place.like,
                       "sensors to place are like this one: ID or ID=COST, of one of the site's or "
                       "a preset (picket presets), cost 1 if left out; may be there several times; "
                       "left out: the first of the site")
          ->allow_extra_args(false));
  of_placing.push_back(command->add_option(
      "--sites", options->place.sites,
      "GeoJSON of where sensors to place may stand: points with their `name`, the "
      "highest cells in polygons and along lines; left out: anywhere in the region"));
  of_placing.push_back(
      command
          ->add_option("--near-m", options->place.near_m,
                       "cells weigh exp(-d / METRES) in what is closed, d from the nearest "
                       "protected place; left out: all the same")
          ->check(Between(1.0, 1e6)));
  CLI::Option* access =
      command->add_option("--access", options->place.access,
                          "GeoJSON of roads and the like (lines, polygons): of cells only those on "
                          "ridges near them are looked at");
  of_placing.push_back(access);
  options->place.access_m = 300.0;
  command
      ->add_option("--access-m", options->place.access_m,
                   "how far from them, in metres; left out: 300")
      ->needs(access)
      ->check(Between(0.0, 1e5));
  command->add_option(
      "--time", options->time,
      "coverage at this time (RFC 3339), where light or weather go with it; left out: by daylight");
  command
      ->add_option("--cell-m", options->cell_m,
                   "cells of the coverage are as large as this, or the next smaller multiple of "
                   "the terrain's; left out: the terrain's, up to 1,024 along a side")
      ->check(Between(1.0, 1e6));
  command->add_option("--threads", options->threads, "at most this many; never changes a result")
      ->check(CLI::Range(1, 256));
  command->add_flag("--json", options->json, "the summary on standard output");
  command->callback([options, of_placing, &run] {
    const bool placing = options->place.count > 0 || options->place.budget > 0.0;
    for (const CLI::Option* option : of_placing) {
      if (option->count() > 0 && !placing) {
        throw CLI::RequiresError(option->get_name(), "--place or --budget");
      }
    }
    if (options->place_for == "warning") options->place.objective = Objective::kWarning;
    run = [options] { return Plan(*options); };
  });
}

}  // namespace picket::app
