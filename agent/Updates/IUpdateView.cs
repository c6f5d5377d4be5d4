namespace EdgeAgent.Updates;

/// <summary>Where the state of updates is published. <see cref="UpdateReporter"/> makes one call at a time.</summary>
internal interface IUpdateView
{
    /// <summary>Publishes the state of one update. Returns once it is published; throws if it cannot be.</summary>
    Task ShowAsync(UpdateRecord record, CancellationToken cancellationToken);

    /// <summary>Publishes what is installed and on trial.</summary>
    Task ShowModelAsync(ModelView model, CancellationToken cancellationToken);
}
