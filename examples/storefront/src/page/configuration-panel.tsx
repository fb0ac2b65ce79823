import { configuration } from '../data/resource.js';
import { formatMoney } from './format.js';
import { Provenance } from './provenance.js';
import { Skeleton } from './skeleton.js';
import { useResource } from './use-resource.js';

/** How the shop is set up. */
export function ConfigurationPanel() {
  const view = useResource(configuration);
  return (
    <section className="panel" aria-labelledby="configuration-title">
      <header>
        <h2 id="configuration-title">Configuration</h2>
        <Provenance of={configuration} view={view} />
      </header>
      {view.data ? (
        <dl className="plain">
          <div>
            <dt>Free shipping from</dt>
            <dd>{formatMoney(view.data.freeShippingFrom, view.data.currency)}</dd>
          </div>
          <div>
            <dt>Delivery</dt>
            <dd>{view.data.deliveryDays} days</dd>
          </div>
          <div>
            <dt>Currency</dt>
            <dd>{view.data.currency}</dd>
          </div>
        </dl>
      ) : (
        <Skeleton error={view.error} />
      )}
    </section>
  );
}
