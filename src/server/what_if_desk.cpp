// SPDX-License-Identifier: Apache-2.0
#include "what_if_desk.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "picket/engine/preset.h"
#include "picket/io/raster.h"
#include "picket/plan/warning_time.h"

namespace picket {
namespace {

using Json = nlohmann::ordered_json;

std::string Dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Json ShareJson(const Coverage::Share& share) {
  return {{"seen_percent", 100.0 * share.seen},
          {"gap_percent", 100.0 * share.gap},
          {"unknown_percent", 100.0 * share.unknown},
          {"measured_percent", 100.0 * share.measured}};
}

HttpResponse Later(const std::string& why) {
  HttpResponse response = HttpError(503, why);
  response.headers.emplace_back("Retry-After", "1");
  return response;
}

}  // namespace

WhatIfDesk::WhatIfDesk(Backend& backend) : backend_(backend), thread_([this] { Run(); }) {}

WhatIfDesk::~WhatIfDesk() { Stop(); }

void WhatIfDesk::Stop() {
  std::deque<Question> left;
  {
    const std::scoped_lock lock(mutex_);
    stopping_ = true;
    left.swap(waiting_);
  }
  changed_.notify_all();
  for (const Question& question : left) question.respond(Later("The service ends."));
  if (thread_.joinable()) thread_.join();
}

std::string WhatIfDesk::Choices() const {
  const PlacedSite& site = backend_.site();
  const auto field = backend_.field();
  const Terrain& terrain = field->terrain();
  Json json = {{"presets", PresetNames()},
               {"classes", Json::array()},
               {"heights_agl_m", PlanHeights(site.site.ceiling.m)},
               {"sensors", Json::array()}};
  for (const FlyerClass& flyer : kFlyers) {
    json["classes"].push_back(
        {{"class", flyer.name}, {"title", flyer.title}, {"speed_mps", flyer.flyer.speed_mps}});
  }
  for (const Sensor& sensor : field->sensors()) {
    if (sensor.look == LookKind::kSelfReport) continue;
    const Geodetic at = site.frame.ToGeodetic(sensor.p_LS_L);
    const Terrain::MapPoint map = terrain.MapOf(sensor.p_LS_L);
    const auto ground = terrain.GroundAt(map.east_m, map.north_m);
    const double above_m = at.height.m - (ground ? ground->m : 0.0);
    json["sensors"].push_back({{"id", sensor.id},
                               {"name", sensor.name.empty() ? sensor.id : sensor.name},
                               {"kind", SensorKindName(sensor.kind)},
                               {"lat_deg", at.lat_deg},
                               {"lon_deg", at.lon_deg},
                               {"height_agl_m", std::max(0.0, above_m)},
                               {"measured", sensor.learned != nullptr}});
  }
  return Dump(json);
}

void WhatIfDesk::Ask(const HttpRequest& request, const std::function<void(HttpResponse)>& respond) {
  auto read = ReadWhatIf(request.body);
  if (!read) return respond(HttpError(400, read.error().Text() + "."));
  std::function<void(HttpResponse)> superseded;
  {
    const std::scoped_lock lock(mutex_);
    if (stopping_) return respond(Later("The service ends."));
    const auto same = std::find_if(waiting_.begin(), waiting_.end(), [&](const Question& question) {
      return !read->client.empty() && question.request.client == read->client;
    });
    if (same != waiting_.end()) {
      superseded = std::exchange(same->respond, respond);
      same->request = *std::move(read);
    } else if (waiting_.size() >= kMaxWaiting) {
      return respond(Later("Too many questions wait already."));
    } else {
      waiting_.push_back({*std::move(read), respond});
    }
  }
  changed_.notify_one();
  if (superseded) superseded(HttpError(409, "A later question of the same client took its place."));
}

void WhatIfDesk::Run() {
  while (true) {
    Question question;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
      if (stopping_) return;
      question = std::move(waiting_.front());
      waiting_.pop_front();
    }
    question.respond(Answer(question.request));
  }
}

void WhatIfDesk::Renew(const std::optional<Time>& time) {
  auto field = backend_.field();
  if (map_ && field_ == field && time_ == time) return;
  field_ = field;
  time_ = time;
  if (time) field = std::make_shared<const DetectionField>(field->At(*time));
  const PlacedSite& site = backend_.site();
  map_.emplace(field, site.site.region_radius_m, kMapCells);
  heights_.emplace(field, site.site.region_radius_m, kHeightCells);
  // The terrain never changes.
  if (!picture_) picture_ = MercatorCellsOf(field->terrain(), site.frame, map_->grid());
}

HttpResponse WhatIfDesk::Answer(const WhatIfRequest& request) {
  const auto begun = std::chrono::steady_clock::now();
  Renew(request.time);
  const PlacedSite& site = backend_.site();
  const DetectionField& field = map_->field();
  const auto flyer = std::find_if(std::begin(kFlyers), std::end(kFlyers), [&](const auto& f) {
    return f.target_class == request.target_class;
  });
  if (flyer == std::end(kFlyers)) {
    return HttpError(400,
                     "class: is none that coverage is told of, expected multirotor or "
                     "fixed_wing.");
  }
  if (request.height_agl_m > site.site.ceiling.m) {
    return HttpError(400, fmt::format("height_agl_m: is {:.10g}, expected at most the region's "
                                      "ceiling, {:.10g}.",
                                      request.height_agl_m, site.site.ceiling.m));
  }

  WhatIf::Question question;
  question.target = {flyer->target_class, flyer->flyer.speed_mps};
  question.height_agl_m = request.height_agl_m;
  std::optional<Sensor> sensor;
  if (!request.sensor.empty()) {
    const auto sensors = field.sensors();
    const auto found = std::find_if(sensors.begin(), sensors.end(),
                                    [&](const Sensor& s) { return s.id == request.sensor; });
    if (found == sensors.end() || found->look == LookKind::kSelfReport) {
      return HttpError(400, fmt::format("sensor: \"{}\" is none of this site's that looks by "
                                        "itself.",
                                        request.sensor));
    }
    question.instead_of = static_cast<SensorIndex>(found - sensors.begin());
    sensor = *found;
  } else if (!request.preset.empty()) {
    auto preset = PresetOf(site, request.preset, "what if", request.time);
    if (!preset) return HttpError(400, "preset: " + preset.error().Text() + ".");
    sensor = *std::move(preset);
  }
  if (request.at) {
    question.sensor =
        StandingAt(*std::move(sensor), field.terrain(), site.frame, request.at->lat_deg,
                   request.at->lon_deg, request.at->height_agl_m);
    if (!question.sensor) {
      return HttpError(422,
                       "at: the ground is not known there, so nobody can say what a sensor "
                       "would see.");
    }
  }

  const WhatIf::Answer answer = map_->Ask(question);
  std::vector<std::uint8_t> pixels;
  pixels.reserve(picture_->cell.size());
  for (const std::int32_t cell : picture_->cell) {
    pixels.push_back(cell < 0 ? WhatIf::kOutside : answer.levels[static_cast<std::size_t>(cell)]);
  }
  Json corners = Json::array();
  for (const auto& [lon, lat] : picture_->corners_lon_lat) corners.push_back({lon, lat});
  Json json = {{"class", flyer->name},
               {"speed_mps", flyer->flyer.speed_mps},
               {"height_agl_m", request.height_agl_m},
               {"cell_m", map_->grid().cell_m},
               {"now", ShareJson(answer.now)},
               {"then", ShareJson(answer.then)},
               {"gained_percent", 100.0 * answer.gained},
               {"lost_percent", 100.0 * answer.lost}};
  if (request.time) json["time"] = request.time->Text();
  if (request.by_height) {
    for (const double height : PlanHeights(site.site.ceiling.m)) {
      question.height_agl_m = height;
      const WhatIf::Answer of = heights_->Ask(question);
      json["by_height"].push_back({{"height_agl_m", height},
                                   {"now", ShareJson(of.now)},
                                   {"then", ShareJson(of.then)},
                                   {"gained_percent", 100.0 * of.gained},
                                   {"lost_percent", 100.0 * of.lost}});
    }
  }
  json["corners"] = std::move(corners);
  json["width"] = picture_->width;
  json["height"] = picture_->height;
  if (!request.levels) {
    const auto png = EncodeGreyPng(picture_->width, picture_->height, pixels);
    if (!png) return HttpError(500, png.error().Text() + ".");
    json["picture"] = PngUrl(*png);
  }
  const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - begun;
  json["took_ms"] = took.count();
  HttpResponse response;
  response.body = Dump(json);
  if (!request.levels) return response;
  // Nothing of it needs to be decoded as a picture, and read back from one, by a browser.
  response.body += '\n';
  response.body.append(pixels.begin(), pixels.end());
  auto packed = Deflate(response.body);
  if (!packed) return HttpError(500, packed.error().Text() + ".");
  response.body = std::move(*packed);
  response.content_type = "application/octet-stream";
  response.headers.emplace_back("Content-Encoding", "deflate");
  return response;
}

}  // namespace picket
