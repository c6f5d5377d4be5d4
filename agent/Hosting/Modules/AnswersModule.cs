using EdgeAgent.Answers;
using EdgeAgent.Answers.Review;
using EdgeAgent.Answers.Storage;
using EdgeAgent.Knowledge;
using EdgeAgent.Platform;
using EdgeAgent.Privacy;
using EdgeAgent.Serving;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace EdgeAgent.Hosting.Modules;

internal static class AnswersModule
{
    public static IServiceCollection AddAnswers(this IServiceCollection services) => services
        .AddSingleton<AnswerCacheLoader>()
        .AddSingleton(s => new Optional<AnswerCache>(s.GetRequiredService<AnswerCacheLoader>().Cache))
        .AddPart<AnswersPart>("opening the stored answers");
}

/// <summary>Without a state directory, or where the disk refuses, the device has no stored answers and serves all the same.</summary>
internal sealed partial class AnswerCacheLoader : IAsyncDisposable
{
    public AnswerCacheLoader(AgentSettings settings, Desensitizer desensitizer, TimeProvider clock, ILogger<AnswerCacheLoader> logger)
    {
        if (settings.StateDirectory.Length == 0) return;
        try
        {
            Cache = new AnswerCache(settings.AnswersPath, desensitizer, settings.Answers, settings.AnswerScope, clock)
            {
                Review = settings.Answers.Review
                    ? new ReviewQueue(ReviewStore.Open(settings.ReviewPath, clock), settings.Answers, clock) : null
            };
            if (Cache.QuarantinedPath is { } path) Quarantined(logger, path);
        }
        catch (Exception e) when (DiskErrors.Include(e))
        {
            Unusable(logger, e);
        }
    }

    public AnswerCache? Cache { get; }

    public ValueTask DisposeAsync() => Cache?.DisposeAsync() ?? ValueTask.CompletedTask;

    [LoggerMessage(Level = LogLevel.Warning, Message = "The database of the stored answers is damaged; it was moved to {Path}")]
    private static partial void Quarantined(ILogger logger, string path);

    [LoggerMessage(Level = LogLevel.Error, Message = "The database of the stored answers cannot be opened; the device has none")]
    private static partial void Unusable(ILogger logger, Exception e);
}

/// <summary>Learned answers follow the student and the library that serve.</summary>
internal sealed class AnswersPart(Optional<AnswerCache> answers, StudentRouter router, Optional<Manuals> manuals) : IAgentPart
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        Follow();
        router.Serving += Follow;
        if (manuals.Value is { } library) library.Changed += Follow;
        return Task.CompletedTask;
    }

    /// <summary>Without a student the learned answers stay as they are: they may be the next one's.</summary>
    private void Follow() => answers.Value?.Serve(router.Current?.Digest, manuals.Value?.Library?.Version ?? "");
}
