import { Component, type ComponentType, type JSX } from "preact";

/** A component that is drawn again only if one of its props is another value. */
export function memo<P extends object>(draw: (props: P) => JSX.Element | null): ComponentType<P> {
	return class Memo extends Component<P> {
		override shouldComponentUpdate(next: Readonly<P>): boolean {
			return Object.entries(next).some(([k, v]) => v !== (this.props as Record<string, unknown>)[k]);
		}
		override render() {
			const Draw = draw;
			return <Draw {...(this.props as P)} />;
		}
	};
}
