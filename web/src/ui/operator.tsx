// SPDX-License-Identifier: Apache-2.0

/** Where the operator of the selected drone stands, for who has a key to see it. */

import { useState } from 'preact/hooks';
import { clock, degrees, distance, position } from '../format';
import { rangeBearing } from '../geo';
import { remoteId, type Model, type TrackView } from '../model';

export function OperatorOf({ model, view }: { model: Model; view: TrackView }) {
  const [typed, setTyped] = useState('');
  const { operators } = model;
  const place = operators.of(remoteId(view.t));
  return (
    <section id="operator">
      <h3>Operator</h3>
      {!operators.hasKey && (
        <form onSubmit={(event) => {
          event.preventDefault();
          operators.use(typed);
          setTyped('');
        }}>
          <input type="password" aria-label="Key" placeholder="Key" autocomplete="off"
            value={typed} onInput={(event) => setTyped(event.currentTarget.value)} />
          <button disabled={typed.trim() === ''}>Show</button>
        </form>
      )}
      {operators.hasKey && (
        <>
          {operators.failure && <p class="claim" role="alert">{operators.failure}</p>}
          {!operators.failure && !place && <p class="none">Not told of late.</p>}
          {place && (
            <dl>
              <dt>{place.location_type === 'take-off' ? 'Take-off place' : 'Stands at'}</dt>
              <dd>{position(place.lat_deg, place.lon_deg)}</dd>
              <dt>From the drone</dt>
              <dd>{fromDrone(view, place)}</dd>
              {place.operator_id && (
                <>
                  <dt>Registered as</dt>
                  <dd>{place.operator_id}</dd>
                </>
              )}
              <dt>Told at</dt>
              <dd>{clock(Date.parse(place.time))}Z</dd>
            </dl>
          )}
          <button onClick={() => operators.use('')}>Forget the key</button>
        </>
      )}
    </section>
  );
}

function fromDrone({ t }: TrackView, place: { lat_deg: number; lon_deg: number }): string {
  const r = rangeBearing(t.lat_deg, t.lon_deg, place.lat_deg, place.lon_deg);
  return `${distance(r.range_m)} on ${degrees(r.bearing_deg)}`;
}
