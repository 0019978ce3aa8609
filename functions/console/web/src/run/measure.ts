/**
 * Marks in the browser's performance timeline that the events up to a number are
 * on the screen: after the frame that shows them was handed to the compositor.
 */
export function markPainted(seq: number): void {
	if (seq === 0) return;
	requestAnimationFrame(() => {
		const channel = new MessageChannel();
		channel.port1.onmessage = () => {
			performance.mark("netra.painted", { detail: { seq, at: Date.now() } });
			channel.port1.close();
		};
		channel.port2.postMessage(null);
	});
}
