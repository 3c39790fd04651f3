/** What stands where results will be. */
export function Empty({ restoring }: { readonly restoring: boolean }) {
  if (restoring) return <p class="empty">Loading the results of the last run …</p>;
  return (
    <div class="empty">
      <h1>No results yet</h1>
      <p>
        Spikewise converts a trained LSTM into a hybrid analog-spiking network, runs both on sample data and
        shows here where they differ.
      </p>
      <ol>
        <li>
          In the Explorer, right-click a model file, or a specification (<code>*.spikewise.json</code>) that
          names the model, its sample inputs and their labels.
        </li>
        <li>
          Choose a Spikewise command there, or press <kbd>F1</kbd> and type <kbd>Spikewise</kbd>.
        </li>
      </ol>
    </div>
  );
}
