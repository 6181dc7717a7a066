// SPDX-License-Identifier: Apache-2.0
#include "picket/server/api.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "observations.h"
#include "operator_desk.h"
#include "picket/io/clock.h"
#include "picket/server/assets.h"
#include "picket/server/metrics.h"
#include "what_if_desk.h"

namespace picket {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kStreamPath = "/v1/stream";
constexpr const char* kChangesPath = "/v1/stream/changes";
constexpr const char* kHillshadePath = "/v1/terrain/hillshade.png";
/// A body is taken in pieces of about this size, so that memory stays bounded and others get turns.
constexpr std::size_t kPieceBytes = 1U << 20U;
constexpr std::size_t kPieceDetections = 20'000;
/// While too much waits for the engine a sender is held up; for longer than this it is refused.
constexpr double kRetryAfterS = 0.002;
constexpr double kGiveUpAfterS = 30.0;

constexpr std::string_view kNoConsole = R"(<!doctype html>
<html lang="en"><meta charset="utf-8"><title>picket</title>
<body style="font-family: sans-serif; max-width: 40em; margin: 4em auto">
<h1>picket is running, without its console</h1>
<p>The console was not there when this program was built. To have it:</p>
<pre>tools/console.sh        # needs Node.js and npm
tools/build.sh release picket</pre>
<p>The service itself is complete: <a href="/v1/health">health</a>, <a href="/v1/tracks">tracks</a>,
<a href="/v1/alerts">alerts</a>, <a href="/v1/site">site</a>, and the description of the API,
<a href="/v1/openapi.yaml">openapi.yaml</a>.</p>
</html>
)";

std::string Dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

HttpResponse Ok(std::string json) {
  HttpResponse response;
  response.body = std::move(json);
  return response;
}

/// One POST of report lines on its way through the service, piece by piece.
class Intake : public std::enable_shared_from_this<Intake> {
 public:
  Intake(Service& service, HttpRequest request, std::function<void(HttpResponse)> respond)
      : service_(service), request_(std::move(request)), respond_(std::move(respond)) {}

  void NextPiece() {
    std::vector<LiveReport> piece;
    std::size_t bytes = 0;
    std::size_t detections = 0;
    const std::string_view body = request_.body;
    while (at_ < body.size() && bytes < kPieceBytes && detections < kPieceDetections) {
      const std::size_t end = std::min(body.find('\n', at_), body.size());
      std::string_view line = body.substr(at_, end - at_);
      bytes += line.size() + 1;
      at_ = end + 1;
      ++line_number_;
      if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
      if (line.find_first_not_of(" \t") == std::string_view::npos) continue;
      auto parsed = reader_.Read(line);
      if (!parsed) {
        service_.CountMalformed(SensorNamedIn(line));
        Error error = std::move(parsed.error());
        error.line = 0;  // stands beside it in the answer
        Refuse(line_number_, error.Text());
        continue;
      }
      for (auto& key : parsed->unknown_keys) {
        if (unknown_keys_.size() < kMaxUnknownKeys) unknown_keys_.insert(std::move(key));
      }
      detections += parsed->report.detections.size();
      LiveReport live;
      live.report = std::move(parsed->report);
      live.line = line;
      live.number = line_number_;
      piece.push_back(std::move(live));
    }
    if (!piece.empty()) return Submit(std::move(piece), 0.0);
    if (at_ < body.size()) return Later(0.0, &Intake::NextPiece);
    Answer();
  }

 private:
  static constexpr std::size_t kMaxUnknownKeys = 32;

  void Later(double wait_s, void (Intake::*next)()) {
    request_.after(Duration::Seconds(wait_s),
                   [self = shared_from_this(), next] { (*self.*next)(); });
  }

  void Submit(std::vector<LiveReport> piece, double waited_s) {
    const auto taken = service_.TrySubmit(piece, [self = shared_from_this()](Outcome outcome) {
      // Parsing goes on where the network's threads are: the caller is the service's own thread.
      self->outcome_ = std::move(outcome);
      self->Later(0.0, &Intake::OnOutcome);
    });
    if (taken) return;
    if (waited_s > kGiveUpAfterS) {
      failure_ = "the service is busy: reports come faster than they can be taken";
      return Answer();
    }
    auto shared = std::make_shared<std::vector<LiveReport>>(std::move(piece));
    request_.after(Duration::Seconds(kRetryAfterS), [self = shared_from_this(), shared, waited_s] {
      self->Submit(std::move(*shared), waited_s + kRetryAfterS);
    });
  }

  void OnOutcome() {
    accepted_ += outcome_.accepted;
    detections_ += outcome_.detections;
    for (const auto& refusal : outcome_.refused) Refuse(refusal.number, refusal.reason);
    if (!outcome_.failure.empty()) {
      failure_ = std::move(outcome_.failure);
      return Answer();
    }
    NextPiece();
  }

  void Refuse(std::int64_t line, std::string_view why) {
    ++refused_count_;
    if (refused_.size() < Api::kMaxRefusalsListed) {
      refused_.push_back(Json{{"line", line}, {"error", why}});
    }
  }

  void Answer() {
    // Of one piece, refusals by the reader come before those by the engine.
    std::stable_sort(refused_.begin(), refused_.end(), [](const Json& a, const Json& b) {
      return a["line"].get<std::int64_t>() < b["line"].get<std::int64_t>();
    });
    Json answer = {{"accepted", accepted_},
                   {"detections", detections_},
                   {"refused", std::move(refused_)},
                   {"refused_count", refused_count_}};
    if (!unknown_keys_.empty()) answer["unknown_keys"] = unknown_keys_;
    HttpResponse response;
    if (!failure_.empty()) {
      response.status = 503;
      response.headers.emplace_back("Retry-After", "1");
      answer["error"] = failure_;
    } else if (accepted_ == 0) {
      response.status = 400;
      answer["error"] = refused_count_ > 0 ? "No line could be accepted; see refused."
                                           : "The body holds no report.";
    }
    response.body = Dump(answer);
    respond_(std::move(response));
  }

  Service& service_;
  HttpRequest request_;
  std::function<void(HttpResponse)> respond_;
  ReportReader reader_;
  std::size_t at_ = 0;
  std::int64_t line_number_ = 0;
  Outcome outcome_;
  std::size_t accepted_ = 0;
  std::size_t detections_ = 0;
  std::size_t refused_count_ = 0;
  std::vector<Json> refused_;
  std::set<std::string> unknown_keys_;
  std::string failure_;
};

Json Geometry(const Area& area) {
  Json rings = Json::array();
  for (const auto& ring : area.rings_lon_lat) {
    Json points = Json::array();
    for (const auto& [lon, lat] : ring) points.push_back({lon, lat});
    rings.push_back(std::move(points));
  }
  if (area.shape == Area::Shape::kPolygon) {
    return {{"type", "Polygon"}, {"coordinates", std::move(rings)}};
  }
  return {{"type", "LineString"},
          {"coordinates", rings.empty() ? Json::array() : std::move(rings.front())}};
}

std::string_view TriggerName(Area::Trigger trigger) {
  switch (trigger) {
    case Area::Trigger::kEnter:
      return "enter";
    case Area::Trigger::kCross:
      return "cross";
    case Area::Trigger::kInside:
      return "inside";
  }
  return "";
}

/// Without the sensors, which may change.
/// @param live  whether something comes in: a replay knows of no operators
std::string SiteJson(const Site& site, const Hillshade& hillshade, bool live) {
  const AccessSettings& access = site.access;
  Json json = {
      {"name", site.name},
      {"origin",
       {{"lat_deg", site.origin.lat_deg},
        {"lon_deg", site.origin.lon_deg},
        {"height_hae_m", site.origin.height.m}}},
      {"region", {{"radius_m", site.region_radius_m}, {"ceiling_agl_m", site.ceiling.m}}},
      {"places", Json::array()},
      {"areas", Json::array()},
      {"terrain", nullptr},
      {"operators", live && access.operator_retention > Duration() && !access.keys.empty()}};
  for (const Place& place : site.places) {
    json["places"].push_back({{"name", place.name},
                              {"lat_deg", place.at.lat_deg},
                              {"lon_deg", place.at.lon_deg},
                              {"radius_m", place.radius_m}});
  }
  for (const Area& area : site.areas) {
    json["areas"].push_back(
        {{"name", area.name}, {"alert", TriggerName(area.trigger)}, {"geojson", Geometry(area)}});
  }
  if (!hillshade.png.empty()) {
    Json corners = Json::array();
    for (const auto& [lon, lat] : hillshade.corners_lon_lat) corners.push_back({lon, lat});
    json["terrain"] = {{"hillshade", kHillshadePath}, {"corners", std::move(corners)}};
  }
  return Dump(json);
}

}  // namespace

Api::Api(Backend& backend, Service* live, ReplayControl* replay, Hillshade hillshade,
         std::string version)
    : backend_(backend),
      live_(live),
      replay_(replay),
      observations_(live == nullptr ? nullptr : std::make_shared<Observations>(*live)),
      operators_(live == nullptr ? nullptr : std::make_unique<OperatorDesk>(*live)),
      what_if_(std::make_unique<WhatIfDesk>(backend)),
      hillshade_(std::move(hillshade)),
      version_(std::move(version)),
      site_json_(SiteJson(backend.site().site, hillshade_, live != nullptr)) {}

Api::~Api() = default;

void Api::Stop() { what_if_->Stop(); }

std::size_t Api::BodyLimit(std::string_view method, std::string_view path) const {
  return method == "POST" && path == "/v1/reports" ? kMaxReportsBodyBytes : kMaxControlBodyBytes;
}

void Api::Handle(HttpRequest request, std::function<void(HttpResponse)> respond) {
  const std::string& path = request.path;
  const bool get = request.method == "GET" || request.method == "HEAD";
  const bool post = request.method == "POST";
  const auto only = [&](const char* allowed) {
    HttpResponse response = HttpError(405, path + " takes " + allowed + " only.");
    response.headers.emplace_back("Allow", allowed);
    respond(std::move(response));
  };

  if (path == "/v1/reports") {
    if (!post) return only("POST");
    if (live_ == nullptr) return respond(HttpError(409, "A replay takes no reports."));
    return std::make_shared<Intake>(*live_, std::move(request), std::move(respond))->NextPiece();
  }
  if (path == "/v1/observations") {
    if (!post) return only("POST");
    if (observations_ == nullptr) {
      return respond(HttpError(409, "A replay takes no observations."));
    }
    return observations_->Take(request, respond);
  }
  if (path == "/v1/plan/what-if") {
    if (post) return what_if_->Ask(request, respond);
    if (!get) return only("GET, HEAD, POST");
    return respond(Ok(what_if_->Choices()));
  }
  if (path == "/v1/operators") {
    if (!get) return only("GET, HEAD");
    if (operators_ == nullptr) {
      return respond(HttpError(409, "A replay knows of no operators: they are never recorded."));
    }
    return operators_->Show(request, std::move(respond));
  }
  if (path == "/v1/replay") {
    if (replay_ == nullptr) {
      return respond(HttpError(404, "This service does not replay a recording."));
    }
    if (post) {
      if (const auto changed = replay_->ChangeReplay(request.body); !changed) {
        return respond(HttpError(400, changed.error().Text() + "."));
      }
      backend_.hub().Publish(StreamKind::kReplay, Typed("replay", replay_->ReplayState()));
    } else if (!get) {
      return only("GET, HEAD, POST");
    }
    return respond(Ok(replay_->ReplayState()));
  }
  if (path == kStreamPath || path == kChangesPath) {
    HttpResponse response = HttpError(426, path + " is a WebSocket.");
    response.headers.emplace_back("Upgrade", "websocket");
    return respond(std::move(response));
  }

  const Asset* asset = FindAsset(path);
  const bool known = asset != nullptr || path == "/" || path == "/observe" ||
                     path == "/v1/health" || path == "/metrics" || path == "/v1/site" ||
                     path == "/v1/tracks" || path == "/v1/alerts" || path == "/v1/unseen" ||
                     path == kHillshadePath;
  if (!known) return respond(HttpError(404, "There is nothing at " + path + "."));
  if (!get) return only("GET, HEAD");

  if (path == "/v1/health") return respond(Ok(backend_.Health()));
  if (path == "/metrics") {
    HttpResponse metrics = Ok(MetricsText(backend_.Health()));
    metrics.content_type = "text/plain; version=0.0.4; charset=utf-8";
    return respond(std::move(metrics));
  }
  if (path == "/v1/site") {
    std::string json = site_json_;
    json.insert(1, R"("sensors":)" + SensorsJson(backend_.site().frame, *backend_.field()) + ",");
    return respond(Ok(std::move(json)));
  }
  if (path == "/v1/alerts") return respond(Ok(backend_.Alerts()));
  if (path == "/v1/tracks") {
    return backend_.AskPicture(
        [respond = std::move(respond)](std::string picture) { respond(Ok(std::move(picture))); });
  }
  if (path == "/v1/unseen") {
    return backend_.AskUnseen(
        [respond = std::move(respond)](std::string unseen) { respond(Ok(std::move(unseen))); });
  }
  HttpResponse response;
  if (path == kHillshadePath) {
    if (hillshade_.png.empty()) return respond(HttpError(404, "The site has no terrain."));
    response.content_type = "image/png";
    response.fixed_body = hillshade_.png;
  } else if (asset != nullptr) {
    response.content_type = asset->type;
    response.fixed_body = asset->bytes;
    response.immutable = asset->immutable;
  } else {
    response.content_type = "text/html; charset=utf-8";
    response.fixed_body = kNoConsole;
  }
  respond(std::move(response));
}

HttpHandler::Joined Api::Stream(std::string_view path) {
  if (path == kStreamPath) return {&backend_.hub(), PictureMode::kWhole};
  if (path == kChangesPath) return {&backend_.hub(), PictureMode::kChanges};
  return {};
}

std::vector<std::pair<StreamKind, std::string>> Api::Greeting() {
  const Json hello = {{"type", "hello"},
                      {"version", version_},
                      {"mode", ServiceModeName(backend_.mode())},
                      {"time", WallClock().Text()}};
  std::vector<std::pair<StreamKind, std::string>> greeting;
  greeting.emplace_back(StreamKind::kKept, Dump(hello));
  greeting.emplace_back(StreamKind::kHealth, Typed("health", backend_.Health()));
  if (replay_ != nullptr) {
    greeting.emplace_back(StreamKind::kReplay, Typed("replay", replay_->ReplayState()));
  }
  return greeting;
}

void Api::Tick() {
  if (live_ != nullptr) live_->operators().Forget(WallClock());
  if (backend_.hub().clients() == 0) return;
  backend_.hub().Publish(StreamKind::kHealth, Typed("health", backend_.Health()));
  if (replay_ != nullptr) {
    backend_.hub().Publish(StreamKind::kReplay, Typed("replay", replay_->ReplayState()));
  }
}

}  // namespace picket
