// SPDX-License-Identifier: Apache-2.0
#include "observations.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "picket/io/clock.h"

namespace picket {
namespace {

using Json = nlohmann::ordered_json;

/// While too much waits for the engine the sender is held up; for longer than this it is refused.
constexpr double kRetryAfterS = 0.01;
constexpr double kGiveUpAfterS = 10.0;

HttpResponse SendAgain(const std::string& why) {
  HttpResponse response = HttpError(503, why);
  response.headers.emplace_back("Retry-After", "5");
  return response;
}

HttpResponse Told(std::string answer) {
  HttpResponse response;
  response.body = std::move(answer);
  return response;
}

std::string Repeated(const std::string& answer) {
  Json json = Json::parse(answer);
  json["repeat"] = true;
  return json.dump();
}

}  // namespace

bool Allowance::Take(Clock::time_point now) {
  const double since_s = last_ ? std::chrono::duration<double>(now - *last_).count() : 0.0;
  last_ = now;
  left_ = std::min(burst_, left_ + per_s_ * since_s);
  if (left_ < 1.0) return false;
  left_ -= 1.0;
  return true;
}

std::optional<HttpResponse> Observations::WhyNot(const Observation& observation,
                                                 const Sensor* known) {
  const auto no = [&](int status, std::string_view why) {
    return HttpError(status, fmt::format("observer: \"{}\" {}.", observation.observer, why));
  };
  if (known != nullptr && known->kind != SensorKind::kObserver) {
    return no(400, "is a sensor of another kind; choose another name");
  }
  if (!observation.at) {
    return no(400, "is no sensor of this site and does not say where it stands (\"at\")");
  }
  const PlacedSite& site = service_.site();
  const Geodetic at{observation.at->lat_deg, observation.at->lon_deg, site.site.origin.height};
  if (site.frame.ToLocal(at).head<2>().norm() > site.site.region_radius_m) {
    return no(400, "stands outside the site's region");
  }
  const auto now = Allowance::Clock::now();
  const std::scoped_lock lock(mutex_);
  // Sent again it is answered again, at whatever rate.
  if (known_.contains(observation.id)) return std::nullopt;
  auto joined = joined_.find(observation.observer);
  if (joined == joined_.end()) {
    if (joined_.size() >= kMaxJoined) return no(503, "is one more than the observers taken");
    joined = joined_.emplace(observation.observer, Allowance(kBurst, kPerS)).first;
  }
  if (joined->second.Take(now) && of_all_.Take(now)) return std::nullopt;
  HttpResponse slower = no(429, "tells more than is taken; send it again later");
  slower.headers.emplace_back("Retry-After", "10");
  return slower;
}

void Observations::Take(const HttpRequest& request, const Respond& respond) {
  auto read = ReadObservation(request.body);
  if (!read) {
    service_.CountMalformed({});
    return respond(HttpError(400, read.error().Text() + "."));
  }
  const Observation& observation = *read;
  const Time now = WallClock();
  const Time time = observation.TimeBy(now);
  if (time > now + kMaxAhead) {
    return respond(HttpError(
        400, fmt::format("time: is {:.0f} s ahead of the service's clock; set the phone's clock, "
                         "or state in \"sent\" what it showed when this was sent.",
                         (time - now).s())));
  }
  const PlacedSite& site = service_.site();
  const auto field = service_.field();
  const std::size_t of_site = site.site.sensors.size();
  const Sensor* sensor = nullptr;
  bool joined = true;
  for (std::size_t s = 0; s < field->sensors().size(); ++s) {
    if (field->sensors()[s].id != observation.observer) continue;
    sensor = &field->sensors()[s];
    joined = s >= of_site;
  }
  std::vector<LiveReport> reports;
  Geodetic stands;
  if (joined || sensor->kind != SensorKind::kObserver) {
    if (auto no = WhyNot(observation, sensor)) return respond(std::move(*no));
    auto change = LiveChangeOf(StandOf(observation, time, sensor == nullptr));
    if (!change) return respond(HttpError(400, change.error().Text() + "."));
    reports.push_back(std::move(*change));
    stands = {observation.at->lat_deg, observation.at->lon_deg, site.site.origin.height};
  } else {
    stands = site.frame.ToGeodetic(sensor->p_LS_L);
  }

  LiveReport live;
  live.line = WriteReport(ReportOf(observation, observation.observer, time, stands));
  live.raw = request.body;
  live.number = 1;
  // What is recorded and what is tracked must be the same to the bit.
  ReportReader reader;
  auto parsed = reader.Read(live.line);
  if (!parsed) return respond(HttpError(400, parsed.error().Text() + "."));
  live.report = std::move(parsed->report);

  const std::string id = observation.id;
  {
    std::unique_lock lock(mutex_);
    if (const auto found = known_.find(id); found != known_.end()) {
      Known& known = found->second;
      if (!known.observation.SameAs(observation)) {
        lock.unlock();
        return respond(HttpError(409, "id: was that of another observation before."));
      }
      if (known.answer.empty()) {
        known.waiting.push_back(respond);
        return;
      }
      const std::string answer = Repeated(known.answer);
      lock.unlock();
      return respond(Told(answer));
    }
    known_.emplace(id, Known{std::move(*read), {}, {}});
  }
  reports.push_back(std::move(live));
  Submit(std::move(reports), id, request, respond, 0.0);
}

void Observations::Submit(std::vector<LiveReport> report, const std::string& id,
                          const HttpRequest& request, const Respond& respond, double waited_s) {
  const auto self = shared_from_this();
  const bool taken = service_.TrySubmit(
      report, [self, id, respond](const Outcome& outcome) { self->Answer(id, outcome, respond); });
  if (taken) return;
  if (waited_s > kGiveUpAfterS) {
    Outcome outcome;
    outcome.failure = "the service is busy: reports come faster than they can be taken";
    return Answer(id, outcome, respond);
  }
  const auto shared = std::make_shared<std::vector<LiveReport>>(std::move(report));
  request.after(Duration::Seconds(kRetryAfterS), [self, shared, id, request, respond, waited_s] {
    self->Submit(std::move(*shared), id, request, respond, waited_s + kRetryAfterS);
  });
}

void Observations::Answer(const std::string& id, const Outcome& outcome, const Respond& respond) {
  Json answer = {{"id", id}, {"recorded", service_.records()}, {"tracked", outcome.detections > 0}};
  if (!outcome.refused.empty()) answer["reason"] = outcome.refused.front().reason;
  // Neither the sensor nor its report was taken, so neither can be replayed: it may not stand
  // there.
  const bool no_sensor = outcome.accepted == 0 && outcome.refused.size() > 1;
  std::vector<Respond> waiting;
  {
    const std::scoped_lock lock(mutex_);
    const auto found = known_.find(id);
    waiting.swap(found->second.waiting);
    if (outcome.failure.empty() && !no_sensor) {
      found->second.answer = answer.dump();
      answered_.push_back(id);
      if (answered_.size() > kMaxRemembered) {
        known_.erase(answered_.front());
        answered_.pop_front();
      }
    } else {
      // It is not on disk: sent again, it is to be taken.
      known_.erase(found);
    }
  }
  if (!outcome.failure.empty()) {
    respond(SendAgain(outcome.failure));
    for (const Respond& other : waiting) other(SendAgain(outcome.failure));
    return;
  }
  if (no_sensor) {
    const HttpResponse no = HttpError(400, "at: " + outcome.refused.front().reason + ".");
    respond(no);
    for (const Respond& other : waiting) other(no);
    return;
  }
  respond(Told(answer.dump()));
  for (const Respond& other : waiting) other(Told(Repeated(answer.dump())));
}

}  // namespace picket
