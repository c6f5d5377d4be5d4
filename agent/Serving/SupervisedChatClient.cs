using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;

namespace EdgeAgent.Serving;

/// <summary>The router behind the supervisor's breaker: the one client that queries ask.</summary>
/// <param name="router">Disposed of with this client, as <see cref="DelegatingChatClient"/> does.</param>
internal sealed class SupervisedChatClient(StudentRouter router, EngineSupervisor supervisor) : DelegatingChatClient(router)
{
    public override async Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null,
        CancellationToken cancellationToken = default) =>
        await GetStreamingResponseAsync(messages, options, cancellationToken).ToChatResponseAsync(cancellationToken).ConfigureAwait(false);

    /// <exception cref="StudentAwayException">The engine is away; nothing was tried.</exception>
    public override async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(IEnumerable<ChatMessage> messages,
        ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var pass = await supervisor.EnterAsync(cancellationToken).ConfigureAwait(false);
        var student = router.Current;
        var updates = router.GetStreamingResponseAsync(messages, options, cancellationToken).GetAsyncEnumerator(cancellationToken);
        try
        {
            while (await NextAsync(updates, pass, student).ConfigureAwait(false)) yield return updates.Current;
        }
        finally
        {
            await updates.DisposeAsync().ConfigureAwait(false);
            await pass.EndAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Runs once a token: its state machine is pooled.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<bool> NextAsync(IAsyncEnumerator<ChatResponseUpdate> updates, BreakerPass pass, Student? student)
    {
        try
        {
            return await updates.MoveNextAsync().ConfigureAwait(false);
        }
        catch (InferenceException) when (router.Current != student)
        {
            throw new StudentAwayException(); // the failed student no longer serves: its failure does not count against the new one
        }
        catch (InferenceException e)
        {
            await pass.FailAsync(e).ConfigureAwait(false);
            throw;
        }
    }
}
