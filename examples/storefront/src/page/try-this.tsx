/** What there is to see. */
export function TryThis() {
  return (
    <section className="panel try" aria-labelledby="try-title">
      <header>
        <h2 id="try-title">Try this</h2>
      </header>
      <ol>
        <li>
          <strong>Reload.</strong> The catalogue arrives rendered, your profile comes from disk. Neither asks the API.
        </li>
        <li>
          <strong>Walk around.</strong> A product you have seen is there at once, from memory, until its 15 minutes are
          over.
        </li>
        <li>
          <strong>Open a second tab</strong> and edit a product in one: the other shows the new value.
        </li>
        <li>
          <strong>Let the browser render</strong> (switch above): the whole page comes from disk.
        </li>
        <li>
          <strong>Stop the server and reload.</strong> The page still shows what it has. Start it again: what could not
          be loaded meanwhile is loaded, the live price goes on, and prices are as they were at first, since the shop’s
          database lives in memory.
        </li>
      </ol>
    </section>
  );
}
