import { profile } from '../data/resource.js';
import { CUSTOMER } from '../data/shop.js';
import { Provenance } from './provenance.js';
import { Skeleton } from './skeleton.js';
import { useOwnResource } from './use-resource.js';

const resource = profile(CUSTOMER);

/** The customer's own: never rendered by the server, kept on this browser's disk. */
export function ProfilePanel() {
  const view = useOwnResource(resource);
  return (
    <section className="panel" aria-labelledby="profile-title">
      <header>
        <h2 id="profile-title">Your profile</h2>
        <Provenance of={resource} view={view} />
      </header>
      {view.data ? (
        <div className="person">
          <span className="initial" aria-hidden="true">
            {view.data.name[0]}
          </span>
          <p>
            <strong>{view.data.name}</strong>
            <br />
            {view.data.city}, member since {view.data.memberSince.slice(0, 4)}
            <br />
            {view.data.beans} beans collected
          </p>
        </div>
      ) : (
        <Skeleton error={view.error} />
      )}
    </section>
  );
}
